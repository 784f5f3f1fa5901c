#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/kernels.h"

namespace sluice::model {

// The inner loops of a full scan, on blocks of items by groups of users.
// A block's matrix and a group's scores stay in the L1 cache.
inline constexpr std::size_t kScanItems = 256;
inline constexpr std::size_t kScanUsers = 8;

// matrix[d * kScanItems + k] = rows[k][d] for kScanItems rows of kFactorDim floats.
void transpose_rows(const float* const* rows, float* matrix);

// What a group's scores are made of. `vectors` has dimension d of user u at d * kScanUsers + u.
struct ScanGroup {
  const float* vectors;
  std::array<const float*, kScanUsers> offsets;  // of each user, by item of the block
  std::array<const float*, kScanUsers> slopes;
};
// scores[u * kScanItems + k] = offsets[u][k] + slopes[u][k] * (vector of u . item k); greatest[u] is the
// greatest of user u's.
void score_group(const float* matrix, const ScanGroup& group, float* scores, float* greatest);

// Places of the values above the bound, in order; returns their number. Of kScanItems values.
[[nodiscard]] std::size_t find_above(const float* values, float bound, std::uint32_t* places);

}  // namespace sluice::model

#pragma once

#include <cstddef>

namespace sluice::bench {

// scores = users * items^T with Eigen, built for this very machine: `items` rows of Dim floats each against
// kGemmUsers users, in blocks of items that stay in the cache. Returns a sum of scores, so that nothing is
// left out.
inline constexpr std::size_t kGemmUsers = 256;
inline constexpr std::size_t kGemmDim = 32;
[[nodiscard]] float plain_gemm(const float* items, std::size_t count, const float* users);

}  // namespace sluice::bench

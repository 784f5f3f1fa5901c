#include "model/scan_kernel.h"

#include <cstring>
#include <limits>
#include <utility>

namespace sluice::model {

namespace {
template <std::size_t kWidth>
struct LanesOf {
  using Type [[gnu::vector_size(kWidth * sizeof(float))]] = float;
};
template <std::size_t kWidth>
using Lanes = typename LanesOf<kWidth>::Type;

template <typename Vector>
[[gnu::always_inline]] inline void load(const float* from, Vector& to) {
  std::memcpy(&to, from, sizeof to);
}

template <typename Vector>
[[gnu::always_inline]] inline void store(const Vector& from, float* to) {
  std::memcpy(to, &from, sizeof from);
}

// Swaps the upper right and the lower left parts of the squares of 2 * kSide lanes that two rows cross.
template <std::size_t kSide, typename Vector, std::size_t... kLane>
[[gnu::always_inline]] inline void swap_corners(Vector& upper, Vector& lower, std::index_sequence<kLane...>) {
  constexpr int kSize = sizeof...(kLane);
  constexpr int kStep = kSide;
  const Vector left = __builtin_shufflevector(
      upper, lower, ((int{kLane} & kStep) == 0 ? int{kLane} : kSize + int{kLane} - kStep)...);
  const Vector right = __builtin_shufflevector(
      upper, lower, ((int{kLane} & kStep) == 0 ? int{kLane} + kStep : kSize + int{kLane})...);
  upper = left;
  lower = right;
}

template <std::size_t kSide, std::size_t kWidth>
[[gnu::always_inline]] inline void transpose_square(Lanes<kWidth> (&rows)[kWidth]) {
#pragma GCC unroll 16
  for (std::size_t k = 0; k < kWidth; ++k) {
    if ((k & kSide) == 0) swap_corners<kSide>(rows[k], rows[k + kSide], std::make_index_sequence<kWidth>{});
  }
  if constexpr (kSide > 1) transpose_square<kSide / 2, kWidth>(rows);
}

template <std::size_t kWidth>
[[gnu::always_inline]] inline void transpose(const float* const* rows, float* matrix) {
  for (std::size_t k = 0; k < kScanItems; k += kWidth) {
    for (std::size_t d = 0; d < kFactorDim; d += kWidth) {
      Lanes<kWidth> square[kWidth];
#pragma GCC unroll 16
      for (std::size_t n = 0; n < kWidth; ++n) load(rows[k + n] + d, square[n]);
      transpose_square<kWidth / 2, kWidth>(square);
#pragma GCC unroll 16
      for (std::size_t n = 0; n < kWidth; ++n) store(square[n], matrix + (d + n) * kScanItems + k);
    }
  }
}

// Sums of kUsers users for kVectors registers of items at a time: as many as there are registers for.
template <std::size_t kWidth, std::size_t kVectors, std::size_t kUsers>
[[gnu::always_inline]] inline void score_users(const float* matrix, const ScanGroup& group, std::size_t first,
                                               float* scores, float* greatest) {
  const Lanes<kWidth> least = Lanes<kWidth>{} - std::numeric_limits<float>::infinity();
  Lanes<kWidth> best[kUsers];
#pragma GCC unroll 8
  for (std::size_t u = 0; u < kUsers; ++u) best[u] = least;
  for (std::size_t at = 0; at < kScanItems; at += kWidth * kVectors) {
    Lanes<kWidth> sums[kUsers][kVectors] = {};
    for (std::size_t d = 0; d < kFactorDim; ++d) {
      const float* const items = matrix + d * kScanItems + at;
      const float* const users = group.vectors + d * kScanUsers + first;
      Lanes<kWidth> values[kVectors];
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) load(items + v * kWidth, values[v]);
#pragma GCC unroll 8
      for (std::size_t u = 0; u < kUsers; ++u) {
#pragma GCC unroll 8
        for (std::size_t v = 0; v < kVectors; ++v) sums[u][v] += users[u] * values[v];
      }
    }
#pragma GCC unroll 8
    for (std::size_t u = 0; u < kUsers; ++u) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t place = at + v * kWidth;
        Lanes<kWidth> offset;
        Lanes<kWidth> slope;
        load(group.offsets[first + u] + place, offset);
        load(group.slopes[first + u] + place, slope);
        const Lanes<kWidth> score = offset + slope * sums[u][v];
        best[u] = score > best[u] ? score : best[u];
        store(score, scores + (first + u) * kScanItems + place);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t u = 0; u < kUsers; ++u) {
    float most = best[u][0];
    for (std::size_t k = 1; k < kWidth; ++k) most = best[u][k] > most ? best[u][k] : most;
    greatest[first + u] = most;
  }
}

// The loops for one kind of machine.
struct Kernels {
  void (*transpose)(const float* const*, float*);
  void (*score)(const float*, const ScanGroup&, float*, float*);
};

void transpose_plain(const float* const* rows, float* matrix) {
  transpose<4>(rows, matrix);
}
void score_plain(const float* matrix, const ScanGroup& group, float* scores, float* greatest) {
  for (std::size_t u = 0; u < kScanUsers; u += 4) score_users<4, 2, 4>(matrix, group, u, scores, greatest);
}

#if defined(__x86_64__) && defined(__GNUC__)
#define SLUICE_AVX2 __attribute__((target("avx2,fma")))
#define SLUICE_AVX512 __attribute__((target("avx512f")))

SLUICE_AVX2 void transpose_avx2(const float* const* rows, float* matrix) {
  transpose<8>(rows, matrix);
}
SLUICE_AVX2 void score_avx2(const float* matrix, const ScanGroup& group, float* scores, float* greatest) {
  for (std::size_t u = 0; u < kScanUsers; u += 4) score_users<8, 2, 4>(matrix, group, u, scores, greatest);
}
SLUICE_AVX512 void transpose_avx512(const float* const* rows, float* matrix) {
  transpose<16>(rows, matrix);
}
SLUICE_AVX512 void score_avx512(const float* matrix, const ScanGroup& group, float* scores, float* greatest) {
  score_users<16, 2, kScanUsers>(matrix, group, 0, scores, greatest);
}

Kernels kernels_of_machine() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return {transpose_avx512, score_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {transpose_avx2, score_avx2};
  return {transpose_plain, score_plain};
}
#else
Kernels kernels_of_machine() {
  return {transpose_plain, score_plain};
}
#endif

const Kernels& kernels() {
  static const Kernels chosen = kernels_of_machine();
  return chosen;
}
}  // namespace

void transpose_rows(const float* const* rows, float* matrix) {
  kernels().transpose(rows, matrix);
}

void score_group(const float* matrix, const ScanGroup& group, float* scores, float* greatest) {
  kernels().score(matrix, group, scores, greatest);
}

std::size_t find_above(const float* values, float bound, std::uint32_t* places) {
  std::size_t found = 0;
  for (std::size_t first = 0; first < kScanItems; first += kLanes) {
    int above = 0;
    for (std::size_t k = first; k < first + kLanes; ++k) above |= static_cast<int>(values[k] > bound);
    if (above == 0) continue;
    for (std::size_t k = first; k < first + kLanes; ++k) {
      if (values[k] > bound) places[found++] = static_cast<std::uint32_t>(k);
    }
  }
  return found;
}

}  // namespace sluice::model

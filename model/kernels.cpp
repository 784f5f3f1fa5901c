#include "model/kernels.h"

#include <algorithm>
#include <cstring>

// Counts of loops are told to be multiples of kLanes where they are.
#define SLUICE_PADDED(n) ((n) / kLanes * kLanes)

// One build of each function for each kind of machine. Sanitizers do not go with run-time choice of
// functions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SLUICE_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SLUICE_KERNEL
#endif

namespace sluice::model {

SLUICE_KERNEL
void log1p_in_place(std::span<float> values) {
  for (float& value : values) value = fast_log(1.0F + (value > 0.0F ? value : 0.0F));
}

SLUICE_KERNEL
void multiply_elements(std::span<const float> a, std::span<const float> b, float scale,
                       std::span<float> out) {
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = scale * a[k] * b[k];
}

SLUICE_KERNEL
float dot(const float* a, const float* b) {
  float sum = 0;
  for (int d = 0; d < kFactorDim; ++d) sum += a[d] * b[d];
  return sum;
}

SLUICE_KERNEL
void dots(const float* __restrict a, const float* const* b, float* __restrict out) {
  for (std::size_t k = 0; k < kLanes; ++k) {
    const float* const row = b[k];
    float sum = 0;
    for (int d = 0; d < kFactorDim; ++d) sum += a[d] * row[d];
    out[k] = sum;
  }
}

SLUICE_KERNEL
float add_scaled(float* __restrict sum, const float* __restrict vector, float scale) {
  float squares = 0;
  for (int d = 0; d < kFactorDim; ++d) {
    sum[d] += scale * vector[d];
    squares += sum[d] * sum[d];
  }
  return squares;
}

SLUICE_KERNEL
float step_row(float* __restrict row, const float* __restrict user, float* __restrict user_gradient,
               float gradient, float scale) {
  float squares = 0;
  for (int d = 0; d < kFactorDim; ++d) {
    user_gradient[d] += gradient * row[d];
    row[d] += scale * user[d];
    squares += row[d] * row[d];
  }
  return squares;
}

SLUICE_KERNEL
void multiply(const ColumnMatrix& matrix, const float* __restrict weights, float* __restrict out) {
  const std::size_t rows = SLUICE_PADDED(matrix.rows);
  std::fill_n(out, rows, 0.0F);
  for (std::size_t c = 0; c < matrix.columns; ++c) {
    const float* const column = matrix.first + c * matrix.stride;
    const float weight = weights[c];
    for (std::size_t r = 0; r < rows; ++r) out[r] += weight * column[r];
  }
}

SLUICE_KERNEL
void multiply_transposed(const ColumnMatrix& matrix, const float* __restrict weights, float* __restrict out) {
  const std::size_t rows = SLUICE_PADDED(matrix.rows);
  for (std::size_t c = 0; c < matrix.columns; ++c) {
    const float* const column = matrix.first + c * matrix.stride;
    float sum = 0;
    for (std::size_t r = 0; r < rows; ++r) sum += weights[r] * column[r];
    out[c] = sum;
  }
}

SLUICE_KERNEL
void softmax_in_place(std::span<float> values) {
  float greatest = -1e30F;
  for (const float value : values) greatest = std::max(greatest, value);
  float sum = 0;
  for (float& value : values) {
    value = fast_exp(value - greatest);
    sum += value;
  }
  const float scale = 1.0F / sum;
  for (float& value : values) value *= scale;
}

SLUICE_KERNEL
void track_outer_product(float* __restrict mean, std::span<const float> vector, float rate) {
  const std::size_t n = SLUICE_PADDED(vector.size());
  for (std::size_t f = 0; f < n; ++f) {
    const float scaled = rate * vector[f];
    float* const row = mean + f * n;
    for (std::size_t h = 0; h < n; ++h) row[h] += scaled * vector[h] - rate * row[h];
  }
}

namespace {
// Values side by side, as the compiler's vector extension has them: of plain loops it does not see that they
// may be taken in any order. As wide as AVX2's registers; what is wider than the machine's is split into
// single steps.
constexpr std::size_t kWidth = 8;
using FloatLanes [[gnu::vector_size(4 * kWidth)]] = float;
using UintLanes [[gnu::vector_size(4 * kWidth)]] = std::uint32_t;
using WideLanes [[gnu::vector_size(4 * kWidth)]] = std::uint64_t;

template <typename Lanes>
[[gnu::always_inline]] inline Lanes load(const void* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

[[gnu::always_inline]] inline std::uint64_t any_bit(UintLanes lanes) {
  const auto wide = (WideLanes)lanes;
  std::uint64_t any = 0;
  for (std::size_t k = 0; k < kWidth / 2; ++k) any |= wide[k];
  return any;
}

[[gnu::always_inline]] inline float least_lane(FloatLanes lanes) {
  const auto fold = [&](FloatLanes other) __attribute__((always_inline)) {
    lanes = other < lanes ? other : lanes;
  };
  fold(__builtin_shufflevector(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3));
  fold(__builtin_shufflevector(lanes, lanes, 2, 3, 0, 1, 4, 5, 6, 7));
  fold(__builtin_shufflevector(lanes, lanes, 1, 0, 2, 3, 4, 5, 6, 7));
  return lanes[0];
}

// Place of the one value that is equal, or size. Where several may be, their places would be mixed up.
[[gnu::always_inline]] inline std::size_t find_only(const std::uint32_t* values, std::size_t size,
                                                    std::uint32_t value) {
  if (size < kWidth) return static_cast<std::size_t>(std::find(values, values + size, value) - values);
  constexpr UintLanes kNumbers = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto number_where_equal = [&](std::size_t at) __attribute__((always_inline)) {
    const auto equal = (UintLanes)(load<UintLanes>(values + at) == value);
    return equal & (kNumbers + static_cast<std::uint32_t>(at));
  };
  const std::size_t last = size - kWidth;  // overlaps the block before it
  UintLanes number = number_where_equal(last);
  for (std::size_t at = 0; at < last; at += kWidth) number |= number_where_equal(at);
  const std::uint64_t any = any_bit(number);
  const auto found = static_cast<std::uint32_t>(any | any >> 32);
  return found == 0 ? size : found - 1;
}

// Place of an equal value in at most size ones, or size.
[[gnu::always_inline]] inline std::size_t find_first(const float* values, std::size_t size, float value) {
  std::size_t at = 0;
  while (at + kWidth <= size && any_bit((UintLanes)(load<FloatLanes>(values + at) == value)) == 0)
    at += kWidth;
  while (at < size && !(values[at] == value)) ++at;
  return at;
}
}  // namespace

SLUICE_KERNEL
std::size_t find_item(std::span<const ItemId> items, ItemId item) {
  return find_only(reinterpret_cast<const std::uint32_t*>(items.data()), items.size(),
                   static_cast<std::uint32_t>(item));
}

SLUICE_KERNEL
std::size_t find_row(std::span<const ItemRow> rows, ItemRow row) {
  return find_only(rows.data(), rows.size(), row);
}

SLUICE_KERNEL
std::size_t find_least(std::span<const float> values) {
  float least = values[0];
  std::size_t at = 0;
  if (values.size() >= kWidth) {
    FloatLanes lanes = load<FloatLanes>(values.data());
    for (at = kWidth; at + kWidth <= values.size(); at += kWidth) {
      const auto next = load<FloatLanes>(values.data() + at);
      lanes = next < lanes ? next : lanes;
    }
    least = least_lane(lanes);
  }
  for (; at < values.size(); ++at) least = values[at] < least ? values[at] : least;
  const std::size_t place = find_first(values.data(), values.size(), least);
  return place < values.size() ? place : 0;  // all are no numbers
}

}  // namespace sluice::model

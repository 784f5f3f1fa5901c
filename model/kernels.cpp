#include "model/kernels.h"

#include <algorithm>

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
// Place of the first equal one, or values.size(). Whole blocks are compared, which vectorises.
template <typename Value>
[[gnu::always_inline]] inline std::size_t find_equal(std::span<const Value> values, Value value) {
  constexpr std::size_t kBlock = 16;
  std::size_t at = 0;
  for (; at + kBlock <= values.size(); at += kBlock) {
    std::uint32_t found = 0;
    for (std::size_t k = 0; k < kBlock; ++k) found |= static_cast<std::uint32_t>(values[at + k] == value);
    if (found != 0) break;
  }
  while (at < values.size() && values[at] != value) ++at;
  return at;
}
}  // namespace

SLUICE_KERNEL
std::size_t find_item(std::span<const ItemId> items, ItemId item) {
  return find_equal(items, item);
}

SLUICE_KERNEL
std::size_t find_row(std::span<const ItemRow> rows, ItemRow row) {
  return find_equal(rows, row);
}

SLUICE_KERNEL
std::size_t find_least(std::span<const float> values) {
  float least = values[0];
  for (const float value : values) least = std::min(least, value);
  const std::size_t at = find_equal(values, least);
  return at < values.size() ? at : 0;  // all are no numbers
}

}  // namespace sluice::model

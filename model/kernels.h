#pragma once

#include <Eigen/Core>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/item_id.h"

// The inner loops, on plain arrays. Those of kernels.cpp are built for plain x86-64, for AVX2 and for
// AVX-512, and the machine's is chosen when the program starts; so results differ in the last bits between
// machines.
namespace sluice::model {

inline constexpr int kFactorDim = 32;

template <int Dim>
using Vector = Eigen::Matrix<float, Dim, 1>;
template <int Dim>
using VectorMap = Eigen::Map<Vector<Dim>>;
template <int Dim>
using ConstVectorMap = Eigen::Map<const Vector<Dim>>;

// Natural logarithm for x > 0 and finite, relative error below 1e-6: exponent plus an odd polynomial in
// (m - 1) / (m + 1), m in [sqrt(1/2), sqrt(2)).
[[nodiscard]] inline float fast_log(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t shifted = bits - 0x3F3504F3;  // sqrt(1/2)
  const std::int32_t exponent = shifted >> 23;
  const float mantissa = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float s2 = s * s;
  const float series =
      s * (2.0F + s2 * (0.666666667F + s2 * (0.4F + s2 * (0.285714286F + s2 * 0.222222222F))));
  return series + static_cast<float>(exponent) * 0.693147181F;
}

// The score, or if that is not a number one that ranks last.
[[nodiscard]] inline float or_least(float score) {
  return std::isnan(score) ? -3e38F : score;
}

// e^x for x <= 80, relative error below 1e-6; below -80 it is 0.
[[nodiscard]] inline float fast_exp(float x) {
  if (x < -80.0F) return 0.0F;
  const float scaled = x * 1.44269504F;
  const float rounded = std::floor(scaled + 0.5F);
  const float f = (scaled - rounded) * 0.693147181F;
  const float series =
      1.0F + f * (1.0F + f * (0.5F + f * (0.166666667F +
                                          f * (0.0416666667F + f * (0.00833333333F + f * 0.00138888889F)))));
  return series * std::bit_cast<float>((static_cast<std::int32_t>(rounded) + 127) << 23);
}

// values[i] = ln(1 + max(values[i], 0)).
void log1p_in_place(std::span<float> values);
// out[i] = scale * a[i] * b[i]; all of one size.
void multiply_elements(std::span<const float> a, std::span<const float> b, float scale, std::span<float> out);

// values[k] /= sqrt(squares[k]); of one size.
void divide_by_roots(std::span<float> values, std::span<const float> squares);

// Vectors of kFactorDim.
[[nodiscard]] float dot(const float* a, const float* b);
// out[k] = dot(a, b[k]) for kLanes of them.
void dots(const float* a, const float* const* b, float* out);
// sum += scale * vector; returns the sum's new squared length.
float add_scaled(float* sum, const float* vector, float scale);
// One row's gradient step: user_gradient += gradient * row, then row += scale * user. Returns the row's new
// squared length.
float step_row(float* row, const float* user, float* user_gradient, float gradient, float scale);

// Loops over a multiple of this many floats leave no remainder for any width of vector registers.
inline constexpr std::size_t kLanes = 16;
[[nodiscard]] constexpr std::size_t pad_to_lanes(std::size_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

// A matrix by columns, `stride` floats from one column's start to the next.
struct ColumnMatrix {
  const float* first;
  std::size_t stride;
  std::size_t columns;
  std::size_t rows;  // a multiple of kLanes
};
// out[r] = sum_c weights[c] * matrix[r][c]
void multiply(const ColumnMatrix& matrix, const float* weights, float* out);
// out[c] = sum_r weights[r] * matrix[r][c]
void multiply_transposed(const ColumnMatrix& matrix, const float* weights, float* out);
// values = e^values / sum e^values.
void softmax_in_place(std::span<float> values);
// mean += rate * (vector * vector^T - mean); `mean` is square, the vector's size a multiple of kLanes.
void track_outer_product(float* mean, std::span<const float> vector, float rate);

// The number of a row, which stands in number_of[row]; 0 there is replaced by the next number, ++used, whose
// row is put into rows[used - 1]. Without a branch, because none could be foretold, and reading ahead would
// wait for it.
inline std::uint32_t number_row(ItemRow row, std::uint16_t* number_of, ItemRow* rows, std::uint32_t& used) {
  const std::uint32_t known = number_of[row];
  const auto is_new = static_cast<std::uint32_t>(known == 0);
  rows[used] = row;
  used += is_new;
  const std::uint32_t number = known | (used & (0U - is_new));
  number_of[row] = static_cast<std::uint16_t>(number);
  return number;
}
using FourFloats [[gnu::vector_size(4 * sizeof(float))]] = float;
// So many items, each with a weight, that count by the same scales.
struct WeightedItems {
  static constexpr std::size_t kRoom = 14;  // so many items can be read, though only `count` mean something
  const ItemId* items;
  const float* weights;
  std::size_t count;
  FourFloats scales;
};
// Numbers the rows of all items of all parts, and sums[number of items[k]] += weights[k] * scales. Asks for
// the numbers of rows some parts ahead: the table is larger than the nearer caches.
[[nodiscard]] std::uint32_t add_by_rows(std::span<const WeightedItems> parts, std::uint16_t* number_of,
                                        ItemRow* rows, std::uint32_t used, FourFloats* sums);
// The same where items may be dead (`lives` is ItemIndex's): they get numbers, and nothing is added for them.
[[nodiscard]] std::uint32_t add_living_by_rows(std::span<const WeightedItems> parts,
                                               const std::uint16_t* lives, std::uint16_t* number_of,
                                               ItemRow* rows, std::uint32_t used, FourFloats* sums);

// bins[k], below kBins: greater for a greater value, by steps of a sixteenth of it, from 2^-24 up. For values
// that are not above 0, and where skip[k] is not 0, one of the first kNoBins, in turn: what counts the bins
// would wait for itself if it were always the same.
inline constexpr std::size_t kNoBins = 32;
inline constexpr std::size_t kBins = kNoBins + 64 * 16;
void bins_of(std::span<const float> values, const std::uint8_t* skip, std::uint16_t* bins);

// The following count for each value the greater ones, which needs no branch that could not be foretold, but
// their number squared: for so many at most.
inline constexpr std::size_t kMostCounted = 128;
// ranks[k]: how many of the keys are greater than keys[k].
void count_greater(std::span<const std::uint64_t> keys, std::uint32_t* ranks);
// The nth greatest, n from 1 to values.size().
[[nodiscard]] float nth_greatest(std::span<const float> values, std::size_t n);

using LaneFloats = std::array<float, kLanes>;
// Of each lane the places of the three greatest values above 0, greatest first, the earlier of equals first;
// values.size() where there are no three.
using ThreeRows = std::array<std::array<std::uint32_t, kLanes>, 3>;
[[nodiscard]] ThreeRows three_greatest(std::span<const LaneFloats> values);

// Place of the row, or rows.size().
[[nodiscard]] std::size_t find_row(std::span<const ItemRow> rows, ItemRow row);
// Place of a least value; values is not empty.
[[nodiscard]] std::size_t find_least(std::span<const float> values);

}  // namespace sluice::model

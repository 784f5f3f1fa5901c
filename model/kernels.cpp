#include "model/kernels.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

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
void divide_by_roots(std::span<float> values, std::span<const float> squares) {
  for (std::size_t k = 0; k < values.size(); ++k) values[k] /= std::sqrt(squares[k]);
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
std::uint32_t add_by_rows(std::span<const WeightedItems> parts, std::uint16_t* __restrict number_of,
                          ItemRow* __restrict rows, std::uint32_t used, FourFloats* __restrict sums) {
  constexpr std::size_t kAhead = 24;
  const auto prefetch_numbers = [&](std::size_t p) __attribute__((always_inline)) {
    if (p >= parts.size()) return;
    const ItemId* const items = parts[p].items;
    for (std::size_t k = 0; k < WeightedItems::kRoom; ++k) __builtin_prefetch(number_of + row_of(items[k]));
  };
  for (std::size_t p = 0; p < kAhead; ++p) prefetch_numbers(p);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    prefetch_numbers(p + kAhead);
    const WeightedItems& part = parts[p];
    const FourFloats scales = part.scales;
    for (std::size_t k = 0; k < part.count; ++k) {
      sums[number_row(row_of(part.items[k]), number_of, rows, used)] += part.weights[k] * scales;
    }
  }
  return used;
}

// Without branches on what lives, for none could be foretold.
SLUICE_KERNEL
std::uint32_t add_living_by_rows(std::span<const WeightedItems> parts, const std::uint16_t* __restrict lives,
                                 std::uint16_t* __restrict number_of, ItemRow* __restrict rows,
                                 std::uint32_t used, FourFloats* __restrict sums) {
  constexpr std::size_t kAhead = 24;
  const auto prefetch_rows = [&](std::size_t p) __attribute__((always_inline)) {
    if (p >= parts.size()) return;
    const ItemId* const items = parts[p].items;
    for (std::size_t k = 0; k < WeightedItems::kRoom; ++k) {
      __builtin_prefetch(number_of + row_of(items[k]));
      __builtin_prefetch(lives + row_of(items[k]));
    }
  };
  for (std::size_t p = 0; p < kAhead; ++p) prefetch_rows(p);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    prefetch_rows(p + kAhead);
    const WeightedItems& part = parts[p];
    const FourFloats scales = part.scales;
    for (std::size_t k = 0; k < part.count; ++k) {
      const ItemId item = part.items[k];
      const auto lives_now = static_cast<float>(lives[row_of(item)] == living_mark(generation_of(item)));
      sums[number_row(row_of(item), number_of, rows, used)] += lives_now * part.weights[k] * scales;
    }
  }
  return used;
}

// The bits of positive floats are in the order of their values, and their first ones are the exponent and
// sixteenths.
SLUICE_KERNEL
void bins_of(std::span<const float> values, const std::uint8_t* __restrict skip,
             std::uint16_t* __restrict bins) {
  constexpr int kBitsBelow = 19;
  constexpr std::int32_t kLeast = kNoBins;
  constexpr std::int32_t kBelowFirst = (127 - 24) * 16 - kLeast;
  constexpr std::int32_t kLast = kBins - 1;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const float value = values[k];
    const std::int32_t by_value = (std::bit_cast<std::int32_t>(value) >> kBitsBelow) - kBelowFirst;
    const std::int32_t bin = by_value < kLeast ? kLeast : (by_value > kLast ? kLast : by_value);
    const auto none = static_cast<std::int32_t>(k % kNoBins);
    bins[k] = static_cast<std::uint16_t>(value > 0.0F && skip[k] == 0 ? bin : none);
  }
}

SLUICE_KERNEL
void count_greater(std::span<const std::uint64_t> keys, std::uint32_t* __restrict ranks) {
  assert(keys.size() <= kMostCounted);
  std::array<std::uint64_t, kMostCounted> padded{};
  std::array<std::uint64_t, kMostCounted> greater{};
  std::copy(keys.begin(), keys.end(), padded.begin());
  const std::size_t size = pad_to_lanes(keys.size());
  for (const std::uint64_t key : keys) {
    for (std::size_t k = 0; k < SLUICE_PADDED(size); ++k) greater[k] += std::uint64_t{key > padded[k]};
  }
  for (std::size_t k = 0; k < keys.size(); ++k) ranks[k] = static_cast<std::uint32_t>(greater[k]);
}

SLUICE_KERNEL
float nth_greatest(std::span<const float> values, std::size_t n) {
  assert(values.size() <= kMostCounted);
  std::array<float, kMostCounted> padded{};
  std::array<std::uint32_t, kMostCounted> greater{};
  std::copy(values.begin(), values.end(), padded.begin());
  const std::size_t size = pad_to_lanes(values.size());
  for (const float value : values) {
    for (std::size_t k = 0; k < SLUICE_PADDED(size); ++k) greater[k] += std::uint32_t{value > padded[k]};
  }
  float nth = std::numeric_limits<float>::infinity();
  for (std::size_t k = 0; k < values.size(); ++k) {
    nth = greater[k] < n && values[k] < nth ? values[k] : nth;
  }
  return nth;
}

SLUICE_KERNEL
ThreeRows three_greatest(std::span<const LaneFloats> values) {
  const auto none = static_cast<std::uint32_t>(values.size());
  LaneFloats first{};
  LaneFloats second{};
  LaneFloats third{};
  ThreeRows places;
  for (auto& lanes : places) lanes.fill(none);
  for (std::uint32_t place = 0; place < none; ++place) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const float value = values[place][k];
      const bool is_first = value > first[k];
      const bool is_second = value > second[k];
      const bool is_third = value > third[k];
      third[k] = is_third ? (is_second ? second[k] : value) : third[k];
      places[2][k] = is_third ? (is_second ? places[1][k] : place) : places[2][k];
      second[k] = is_second ? (is_first ? first[k] : value) : second[k];
      places[1][k] = is_second ? (is_first ? places[0][k] : place) : places[1][k];
      first[k] = is_first ? value : first[k];
      places[0][k] = is_first ? place : places[0][k];
    }
  }
  return places;
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

// Values and their places, the least so far in each lane; of equal ones the first.
struct LeastLanes {
  FloatLanes values;
  UintLanes places;

  [[gnu::always_inline]] void take(FloatLanes others, UintLanes other_places) {
    const auto closer = (UintLanes)(others == values) & (UintLanes)(other_places < places);
    const auto better = (UintLanes)(others < values) | closer;
    values = better ? others : values;
    places = better ? other_places : places;
  }
  template <int... kFrom>
  [[gnu::always_inline]] void fold() {
    take(__builtin_shufflevector(values, values, kFrom...),
         __builtin_shufflevector(places, places, kFrom...));
  }
};

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

}  // namespace

SLUICE_KERNEL
std::size_t find_row(std::span<const ItemRow> rows, ItemRow row) {
  return find_only(rows.data(), rows.size(), row);
}

SLUICE_KERNEL
std::size_t find_least(std::span<const float> values) {
  const std::size_t size = values.size();
  if (size < kWidth) return static_cast<std::size_t>(std::ranges::min_element(values) - values.begin());
  constexpr UintLanes kPlaces = {0, 1, 2, 3, 4, 5, 6, 7};
  LeastLanes least{load<FloatLanes>(values.data()), kPlaces};
  const auto take = [&](std::size_t at) __attribute__((always_inline)) {
    least.take(load<FloatLanes>(values.data() + at), kPlaces + static_cast<std::uint32_t>(at));
  };
  for (std::size_t at = kWidth; at + kWidth < size; at += kWidth) take(at);
  take(size - kWidth);  // overlaps the block before it
  least.fold<4, 5, 6, 7, 0, 1, 2, 3>();
  least.fold<2, 3, 0, 1, 4, 5, 6, 7>();
  least.fold<1, 0, 2, 3, 4, 5, 6, 7>();
  return least.places[0];
}

}  // namespace sluice::model

#include "model/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "model/random.h"

namespace sluice::model {
namespace {

TEST(Kernels, FastLogAgreesWithLog) {
  for (double x = 1e-20; x < 1e20; x *= 1.7) {
    EXPECT_NEAR(fast_log(static_cast<float>(x)), std::log(x), 1e-5 * std::max(1.0, std::abs(std::log(x))))
        << x;
  }
}

TEST(Kernels, FastExpAgreesWithExpAndEndsInZero) {
  for (double x = -79; x < 79; x += 0.37) {
    EXPECT_NEAR(fast_exp(static_cast<float>(x)) / std::exp(static_cast<float>(x)), 1.0, 1e-5) << x;
  }
  EXPECT_EQ(fast_exp(-1e30F), 0.0F);
}

TEST(Kernels, Log1pTreatsNegativeCountsAsNone) {
  std::array<float, 3> values = {-5.0F, 0.0F, 1.0F};
  log1p_in_place(values);
  EXPECT_NEAR(values[0], 0.0F, 1e-6);
  EXPECT_NEAR(values[1], 0.0F, 1e-6);
  EXPECT_NEAR(values[2], std::log(2.0F), 1e-6);
}

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = random.unit() - 0.5F;
  return values;
}

TEST(Kernels, RowsAreNumberedInTheOrderOfTheirFirstUse) {
  Random random(11);
  std::vector<std::uint16_t> number_of(200);
  std::vector<ItemRow> rows(201);  // one more is written
  std::uint32_t used = 0;
  std::vector<ItemRow> expected;
  for (int k = 0; k < 400; ++k) {
    const ItemRow row = random.below(200);
    const std::uint32_t number = number_row(row, number_of.data(), rows.data(), used);
    const auto found = std::ranges::find(expected, row);
    EXPECT_EQ(number, static_cast<std::uint32_t>(found - expected.begin()) + 1);
    if (found == expected.end()) expected.push_back(row);
    ASSERT_EQ(used, expected.size());
  }
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), rows.begin()));
}

TEST(Kernels, BinsAreInTheOrderOfTheirValues) {
  std::vector<float> values = {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN(), 1e-30F};
  for (float value = 1e-6F; value < 1e6F; value *= 1.0626F) values.push_back(value);  // just over a sixteenth
  values.push_back(std::numeric_limits<float>::infinity());
  std::vector<std::uint8_t> skip(values.size());
  std::vector<std::uint16_t> bins(values.size());
  bins_of(values, skip.data(), bins.data());
  for (std::size_t k = 0; k < 3; ++k) EXPECT_LT(bins[k], kNoBins) << values[k];
  EXPECT_EQ(bins[3], kNoBins) << "below all bins";
  for (std::size_t k = 4; k < values.size(); ++k) EXPECT_GT(bins[k], bins[k - 1]) << values[k];
  EXPECT_EQ(bins.back(), kBins - 1);

  skip[10] = 1;
  const std::uint16_t before = bins[11];
  bins_of(values, skip.data(), bins.data());
  EXPECT_LT(bins[10], kNoBins);
  EXPECT_EQ(bins[11], before);
}

TEST(Kernels, CountingFindsTheRankOfEachKeyAndTheNthGreatestValue) {
  Random random(13);
  for (const std::size_t size : {1U, 2U, 16U, 17U, 101U, 128U}) {
    std::vector<std::uint64_t> keys(size);
    std::vector<float> values(size);
    for (std::size_t k = 0; k < size; ++k) {
      keys[k] = std::uint64_t{random.below(50)} << 40;
      values[k] = static_cast<float>(random.below(50)) - 25.0F;
    }
    std::vector<std::uint32_t> ranks(size);
    count_greater(keys, ranks.data());
    for (std::size_t k = 0; k < size; ++k) {
      EXPECT_EQ(ranks[k], std::ranges::count_if(keys, [&](std::uint64_t key) { return key > keys[k]; }));
    }
    std::vector<float> sorted = values;
    std::ranges::sort(sorted, std::greater<>{});
    for (std::size_t n = 1; n <= size; ++n) EXPECT_EQ(nth_greatest(values, n), sorted[n - 1]) << n;
  }
}

TEST(Kernels, ThreeGreatestAreFoundInEachLane) {
  Random random(17);
  std::vector<LaneFloats> values(40);
  for (LaneFloats& lanes : values) {
    for (float& value : lanes) value = static_cast<float>(random.below(20)) - 17.0F;  // few are above 0
  }
  for (std::size_t place = 0; place < values.size(); ++place) values[place][3] = -1.0F;
  values[7][3] = 2.0F;
  const ThreeRows found = three_greatest(values);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::vector<std::uint32_t> places;
    for (std::uint32_t place = 0; place < values.size(); ++place) {
      if (values[place][lane] > 0) places.push_back(place);
    }
    std::ranges::stable_sort(places, std::greater<>{}, [&](std::uint32_t p) { return values[p][lane]; });
    places.resize(3, static_cast<std::uint32_t>(values.size()));
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(found[k][lane], places[k]) << lane;
  }
}

TEST(Kernels, SumsTakeEachWeightAtTheNumberOfItsRow) {
  constexpr std::size_t kParts = 60;
  const auto weights = random_floats(kParts + WeightedItems::kRoom, 5);
  std::vector<ItemId> items;
  for (std::uint32_t k = 0; k < weights.size(); ++k) items.push_back(make_item_id(k * k % 7, 0));
  std::vector<std::uint16_t> number_of(7);
  std::vector<ItemRow> rows(50);
  std::vector<FourFloats> sums(8);
  constexpr std::uint32_t kBefore = 1;  // row 4 has a number already
  number_of[4] = 1;
  rows[0] = 4;
  const FourFloats scales = {1, 2, 0, -1};
  std::vector<WeightedItems> parts;
  std::array<float, 7> expected{};
  for (std::size_t p = 0; p < kParts; ++p) {
    const std::size_t count = p % (WeightedItems::kRoom + 1);
    parts.push_back({&items[p], &weights[p], count, scales});
    for (std::size_t k = p; k < p + count; ++k) expected[row_of(items[k])] += weights[k];
  }
  const std::uint32_t used = add_by_rows(parts, number_of.data(), rows.data(), kBefore, sums.data());
  EXPECT_EQ(std::vector(rows.begin(), rows.begin() + used), (std::vector<ItemRow>{4, 1, 2, 0}));
  for (std::uint32_t n = 1; n <= used; ++n) {
    EXPECT_EQ(number_of[rows[n - 1]], n);
    EXPECT_NEAR(sums[n][0], expected[rows[n - 1]], 1e-5);
    EXPECT_NEAR(sums[n][1], 2 * expected[rows[n - 1]], 1e-5);
    EXPECT_EQ(sums[n][2], 0.0F);
    EXPECT_NEAR(sums[n][3], -expected[rows[n - 1]], 1e-5);
  }
}

TEST(Kernels, OfTheDeadNothingIsAddedUp) {
  const std::vector<std::uint16_t> lives = {living_mark(0), living_mark(7), 7};  // row 2 is free
  const std::vector<ItemId> items = {make_item_id(0, 0), make_item_id(0, 1), make_item_id(1, 6),
                                     make_item_id(1, 7), make_item_id(2, 6), make_item_id(2, 7)};
  const std::vector<ItemId> padded = [&] {
    auto room = items;
    room.resize(WeightedItems::kRoom);
    return room;
  }();
  const std::vector<float> weights = {1, 2, 4, 8, 16, 32};
  const FourFloats scales = {1, 2, 0, -1};
  const std::vector<WeightedItems> parts = {{padded.data(), weights.data(), items.size(), scales}};
  std::vector<std::uint16_t> number_of(3);
  std::vector<ItemRow> rows(10);
  std::vector<FourFloats> sums(4);
  EXPECT_EQ(add_living_by_rows(parts, lives.data(), number_of.data(), rows.data(), 0, sums.data()), 3U);
  EXPECT_EQ(sums[number_of[0]][0], 1);
  EXPECT_EQ(sums[number_of[1]][1], 16);
  EXPECT_EQ(sums[number_of[2]][0], 0);
}

TEST(Kernels, ValuesAreDividedByTheRootsOfSquares) {
  std::vector<float> values = {1, -6, 0, 5};
  divide_by_roots(values, std::array<float, 4>{4, 9, 16, 1});
  EXPECT_EQ(values, (std::vector<float>{0.5F, -2, 0, 5}));
}

TEST(Kernels, VectorsOfTheFactorsAddUpAsWrittenDown) {
  const auto user = random_floats(kFactorDim, 1);
  const auto before = random_floats(kFactorDim, 2);
  auto row = before;
  auto user_gradient = random_floats(kFactorDim, 3);
  const auto gradient_before = user_gradient;
  const float squares = step_row(row.data(), user.data(), user_gradient.data(), 0.3F, -0.7F);
  float product = 0;
  float expected_squares = 0;
  for (std::size_t d = 0; d < kFactorDim; ++d) {
    EXPECT_NEAR(user_gradient[d], gradient_before[d] + 0.3F * before[d], 1e-6) << d;  // by the row as it was
    EXPECT_NEAR(row[d], before[d] - 0.7F * user[d], 1e-6) << d;
    product += row[d] * user[d];
    expected_squares += row[d] * row[d];
  }
  EXPECT_NEAR(squares, expected_squares, 1e-5);
  EXPECT_NEAR(dot(row.data(), user.data()), product, 1e-5);
  EXPECT_NEAR(add_scaled(row.data(), user.data(), 0.0F), expected_squares, 1e-5);
}

TEST(Kernels, MatricesMultiplyBothWays) {
  constexpr std::size_t kRows = 2 * kLanes;
  constexpr std::size_t kColumns = 5;
  constexpr std::size_t kStride = kRows + 3;
  const auto values = random_floats(kStride * kColumns, 4);
  const ColumnMatrix matrix{values.data(), kStride, kColumns, kRows};
  const auto column_weights = random_floats(kColumns, 5);
  const auto row_weights = random_floats(kRows, 6);
  std::vector<float> by_row(kRows);
  std::vector<float> by_column(kColumns);
  multiply(matrix, column_weights.data(), by_row.data());
  multiply_transposed(matrix, row_weights.data(), by_column.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    float sum = 0;
    for (std::size_t c = 0; c < kColumns; ++c) sum += column_weights[c] * values[c * kStride + r];
    EXPECT_NEAR(by_row[r], sum, 1e-5) << r;
  }
  for (std::size_t c = 0; c < kColumns; ++c) {
    float sum = 0;
    for (std::size_t r = 0; r < kRows; ++r) sum += row_weights[r] * values[c * kStride + r];
    EXPECT_NEAR(by_column[c], sum, 1e-5) << c;
  }
}

TEST(Kernels, SoftmaxSumsToOneAndForgetsWhatIsFarBelow) {
  std::array<float, 4> values = {1.0F, 2.0F, -1e30F, 100.0F};
  softmax_in_place(values);
  EXPECT_NEAR(values[0] + values[1] + values[2] + values[3], 1.0F, 1e-6);
  EXPECT_EQ(values[2], 0.0F);
  EXPECT_GT(values[3], 0.999F);
}

TEST(Kernels, TheOuterProductIsFollowedAtItsRate) {
  std::vector<float> vector(kLanes, 0.0F);
  vector[1] = 2;
  vector[2] = -3;
  std::vector<float> mean(kLanes * kLanes, 1.0F);
  track_outer_product(mean.data(), vector, 0.25F);
  EXPECT_FLOAT_EQ(mean[1 * kLanes + 2], 0.75F + 0.25F * -6.0F);
  EXPECT_FLOAT_EQ(mean[2 * kLanes + 2], 0.75F + 0.25F * 9.0F);
  EXPECT_FLOAT_EQ(mean[0], 0.75F);
}

TEST(Kernels, FindingGivesTheFirstPlaceOrTheEnd) {
  for (std::size_t size : {1U, 15U, 16U, 17U, 100U}) {
    std::vector<ItemRow> rows(size);
    std::vector<float> values(size, 5.0F);
    for (std::size_t k = 0; k < size; ++k) rows[k] = static_cast<ItemRow>(k);
    for (std::size_t k = 0; k < size; ++k) {
      EXPECT_EQ(find_row(rows, static_cast<ItemRow>(k)), k);
      values[k] = 1.0F;
      EXPECT_EQ(find_least(values), k);
      values[k] = 5.0F;
    }
    EXPECT_EQ(find_row(rows, 1'000), size);
  }
}

TEST(Kernels, OfEqualLeastValuesTheFirstIsFound) {
  for (const std::size_t size : {1U, 7U, 8U, 9U, 16U, 17U, 25U, 100U}) {
    for (std::size_t first = 0; first < size; ++first) {
      std::vector<float> values(size, 5.0F);
      for (std::size_t k = first; k < size; k += 3) values[k] = 1.0F;
      EXPECT_EQ(find_least(values), first) << "of " << size;
    }
  }
}

TEST(Kernels, TheLeastOfNoNumbersIsStillAPlace) {
  const std::vector<float> values(20, std::nanf(""));
  EXPECT_LT(find_least(values), values.size());
}

}  // namespace
}  // namespace sluice::model

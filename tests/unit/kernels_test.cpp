#include "model/kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
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
    std::vector<ItemId> items(size);
    std::vector<float> values(size, 5.0F);
    for (std::size_t k = 0; k < size; ++k) rows[k] = static_cast<ItemRow>(k);
    for (std::size_t k = 0; k < size; ++k) items[k] = ItemId{static_cast<std::uint32_t>(k)};
    for (std::size_t k = 0; k < size; ++k) {
      EXPECT_EQ(find_row(rows, static_cast<ItemRow>(k)), k);
      EXPECT_EQ(find_item(items, ItemId{static_cast<std::uint32_t>(k)}), k);
      values[k] = 1.0F;
      EXPECT_EQ(find_least(values), k);
      values[k] = 5.0F;
    }
    EXPECT_EQ(find_row(rows, 1'000), size);
    EXPECT_EQ(find_item(items, ItemId{1'000}), size);
  }
}

TEST(Kernels, TheLeastOfNoNumbersIsStillAPlace) {
  const std::vector<float> values(20, std::nanf(""));
  EXPECT_LT(find_least(values), values.size());
}

}  // namespace
}  // namespace sluice::model

#include "model/kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

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

}  // namespace
}  // namespace sluice::model

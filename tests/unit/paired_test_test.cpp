#include "cli/paired_test.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

// 10 against 2: the exact two-sided binomial p is 2 * (1 + 12 + 66) / 4096.
TEST(PairedTest, SmallCountsUseTheExactBinomial) {
  const PairedResult result = mcnemar({.both = 50, .only_a = 10, .only_b = 2, .neither = 38});
  EXPECT_NEAR(result.p, 2.0 * 79 / 4096, 1e-9);
  EXPECT_NEAR(result.a, 0.60, 1e-12);
  EXPECT_NEAR(result.b, 0.52, 1e-12);
  EXPECT_NEAR(result.diff, 0.08, 1e-12);
  EXPECT_LT(result.ci95_low, result.diff);
  EXPECT_GT(result.ci95_high, result.diff);
}

TEST(PairedTest, EqualMethodsDifferByChance) {
  EXPECT_EQ(mcnemar({.both = 5, .only_a = 0, .only_b = 0, .neither = 5}).p, 1.0);
  EXPECT_GE(mcnemar({.both = 5, .only_a = 700, .only_b = 700, .neither = 5}).p, 0.9);
}

TEST(PairedTest, AGreatDifferenceIsSeen) {
  EXPECT_LT(mcnemar({.both = 0, .only_a = 2'000, .only_b = 1'000, .neither = 0}).p, 1e-50);
}

TEST(PairedTest, NothingScoredIsNoDifference) {
  const PairedResult result = mcnemar({});
  EXPECT_EQ(result.diff, 0.0);
  EXPECT_EQ(result.p, 1.0);
}

}  // namespace
}  // namespace sluice::cli

#include "pipeline/freshness_histogram.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

TEST(FreshnessHistogram, HasNothingToSayWithoutLists) {
  FreshnessHistogram histogram;
  EXPECT_FALSE(histogram.take().has_value());
}

TEST(FreshnessHistogram, PercentilesAreWithinATenth) {
  FreshnessHistogram histogram;
  for (int ms = 1; ms <= 1000; ++ms) histogram.record(milliseconds{ms});
  const auto percentiles = histogram.take();
  ASSERT_TRUE(percentiles.has_value());
  EXPECT_NEAR(percentiles->p50_ms, 500, 50);
  EXPECT_NEAR(percentiles->p99_ms, 990, 99);
}

TEST(FreshnessHistogram, ForgetsAfterTenReadings) {
  FreshnessHistogram histogram;
  histogram.record(milliseconds{5});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(histogram.take().has_value()) << i;
  EXPECT_FALSE(histogram.take().has_value());
}

TEST(FreshnessHistogram, BearsAbsurdAges) {
  FreshnessHistogram histogram;
  histogram.record(milliseconds{-5});
  histogram.record(std::chrono::days{3650});
  EXPECT_TRUE(histogram.take().has_value());
}

}  // namespace
}  // namespace sluice::pipeline

#include "pipeline/bad_share_guard.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

TEST(BadShareGuard, WaitsForAFullWindow) {
  BadShareGuard guard(0.9);
  EXPECT_FALSE(guard.add(9'999, 9'999));
  EXPECT_TRUE(guard.add(1, 1));
}

TEST(BadShareGuard, JudgesTheLastRecordsOnly) {
  BadShareGuard guard(0.9);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(guard.add(100, 0));
  bool tripped = false;
  int batches = 0;
  while (!tripped && batches < 1000) {
    tripped = guard.add(100, 100);
    ++batches;
  }
  EXPECT_TRUE(tripped);
  EXPECT_NEAR(batches, 91, 2) << "nine tenths of a window of a hundred batches";
}

TEST(BadShareGuard, NeverTripsAtALimitOfOne) {
  BadShareGuard guard(1.0);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(guard.add(10'000, 10'000));
}

}  // namespace
}  // namespace sluice::pipeline

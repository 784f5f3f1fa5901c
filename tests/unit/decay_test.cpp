#include "model/decay.h"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

using std::chrono::hours;

Timestamp at(double hour) {
  return from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(hour * 3'600'000));
}

double value_at(const DecayedSum<double>& sum, const Decay& decay, double hour) {
  return static_cast<double>(decay.reader(at(hour)).read(sum));
}

TEST(Decay, AWeightHalvesEachHalfLife) {
  const Decay decay{hours(1)};
  DecayedSum<double> sum;
  Decay::add(sum, decay.position(at(0)), 8.0);
  EXPECT_NEAR(value_at(sum, decay, 0), 8.0, 1e-5);
  EXPECT_NEAR(value_at(sum, decay, 1), 4.0, 1e-5);
  EXPECT_NEAR(value_at(sum, decay, 3), 1.0, 1e-5);
}

TEST(Decay, OrderOfEventsDoesNotMatter) {
  const Decay decay{hours(1)};
  DecayedSum<double> forward;
  DecayedSum<double> backward;
  for (int hour = 0; hour < 200; ++hour) {  // crosses landmarks, which stand 64 half-lives apart
    Decay::add(forward, decay.position(at(hour)), 1.0);
    Decay::add(backward, decay.position(at(199 - hour)), 1.0);
  }
  EXPECT_NEAR(value_at(forward, decay, 200), value_at(backward, decay, 200), 1e-9);
  EXPECT_NEAR(value_at(forward, decay, 199), 2.0, 1e-5);
}

TEST(Decay, WhatIsLongGoneReadsAsZeroAndNeverOverflows) {
  const Decay decay{std::chrono::minutes(15)};
  DecayedSum<double> sum;
  Decay::add(sum, decay.position(at(0)), 1e6);
  EXPECT_EQ(value_at(sum, decay, 24.0 * 365 * 10), 0.0);
  for (int year = 0; year < 20; ++year) Decay::add(sum, decay.position(at(24.0 * 365 * year)), 1e6);
  EXPECT_NEAR(value_at(sum, decay, 24.0 * 365 * 19), 1e6, 1.0);
}

}  // namespace
}  // namespace sluice::model

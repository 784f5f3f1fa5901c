#pragma once

#include <chrono>
#include <cmath>
#include <limits>

#include "common/types.h"

namespace sluice::baselines {

// The clock of counts that halve every half-life, or never.
class HalfLife {
 public:
  // 0: never.
  explicit HalfLife(double hours)
      : ms_(hours > 0 ? hours * 3'600'000 : std::numeric_limits<double>::infinity()) {}

  [[nodiscard]] double between(Timestamp from, Timestamp to) const {
    return static_cast<double>((to - from).count()) / ms_;
  }

 private:
  double ms_;
};

// A sum of weights as it stood at its last event.
struct DecayedCount {
  double value = 0;
  Timestamp at{};

  void add(double weight, Timestamp now, const HalfLife& half_life) {
    value = read(now, half_life) + weight;
    at = now;
  }
  [[nodiscard]] double read(Timestamp now, const HalfLife& half_life) const {
    return value == 0 ? 0 : value * std::exp2(-half_life.between(at, now));
  }
  // Its logarithm to base 2, which no pause makes vanish; a very low number if the sum is not positive.
  [[nodiscard]] double log2_at(Timestamp now, const HalfLife& half_life) const {
    constexpr double kNone = -1e30;
    return value > 0 ? std::log2(value) - half_life.between(at, now) : kNone;
  }
};

}  // namespace sluice::baselines

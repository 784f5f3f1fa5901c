#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "common/types.h"

namespace sluice::model {

// A sum of weights that halve every `half_life`, kept by forward decay (Cormode, Shkapenyuk, Srivastava, Xu:
// "Forward Decay", ICDE 2009): value = sum of w * 2^((t - T0) / half_life), T0 = mark * kMarkSpan half-lives.
// Sums of the same mark add across shards; late events need no special case.
template <typename Value>
struct DecayedSum {
  Value value = 0;
  std::int32_t mark = 0;
};

// The clock of one half-life: turns event times into growth factors. Immutable.
class Decay {
 public:
  static constexpr double kMarkSpan = 64;  // half-lives between landmarks

  explicit Decay(std::chrono::milliseconds half_life)
      : half_life_ms_(static_cast<double>(half_life.count())) {}

  // Position of a moment: the landmark before it and 2^(half-lives since), in [1, 2^kMarkSpan).
  struct Position {
    std::int32_t mark;
    double growth;
  };
  [[nodiscard]] Position position(Timestamp t) const {
    const double half_lives = static_cast<double>(to_unix_ms(t)) / half_life_ms_;
    const double mark = std::floor(half_lives / kMarkSpan);
    return {static_cast<std::int32_t>(mark), std::exp2(half_lives - mark * kMarkSpan)};
  }

  // Adds weight w at position p. Landmarks only move forward; an older event is scaled down to the sum's
  // mark.
  template <typename Value>
  static void add(DecayedSum<Value>& sum, Position p, double w) {
    if (p.mark > sum.mark) {
      sum.value = static_cast<Value>(static_cast<double>(sum.value) * scale(p.mark - sum.mark));
      sum.mark = p.mark;
    }
    sum.value = static_cast<Value>(static_cast<double>(sum.value) + w * p.growth * scale(sum.mark - p.mark));
  }

  // Factors that turn a sum's value into its worth now, by how many landmarks the sum lags behind (0, 1;
  // beyond that it is below 2^-64 of what it was, and 0). A sum whose mark is ahead of now counts as 2^64 /
  // growth.
  class Reader {
   public:
    explicit Reader(Position now)
        : mark_(now.mark),
          factor_{static_cast<float>(0x1p64 / now.growth), static_cast<float>(1.0 / now.growth),
                  static_cast<float>(0x1p-64 / now.growth), 0.0F} {}
    template <typename Value>
    [[nodiscard]] float read(const DecayedSum<Value>& sum) const {
      std::int32_t lag = mark_ - sum.mark + 1;
      lag = lag < 0 ? 0 : (lag > 3 ? 3 : lag);
      return static_cast<float>(sum.value) * factor_[static_cast<std::size_t>(lag)];
    }

   private:
    std::int32_t mark_;
    std::array<float, 4> factor_;
  };
  [[nodiscard]] Reader reader(Timestamp now) const { return Reader(position(now)); }

 private:
  // 2^(-64 * marks) for marks >= 0.
  [[nodiscard]] static double scale(std::int32_t marks) {
    return marks == 0 ? 1.0 : std::exp2(-kMarkSpan * static_cast<double>(marks));
  }
  double half_life_ms_;
};

}  // namespace sluice::model

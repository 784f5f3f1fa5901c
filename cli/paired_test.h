#pragma once

#include <cstdint>

namespace sluice::cli {

// Two methods on the same events, each event a hit or a miss for either.
struct PairedCounts {
  std::uint64_t both = 0;
  std::uint64_t only_a = 0;  // n10
  std::uint64_t only_b = 0;  // n01
  std::uint64_t neither = 0;

  void add(bool a, bool b);
  [[nodiscard]] std::uint64_t total() const { return both + only_a + only_b + neither; }
};

struct PairedResult {
  double a = 0;  // hit rates
  double b = 0;
  double diff = 0;  // a - b
  double ci95_low = 0;
  double ci95_high = 0;
  double p = 1;  // two-sided: how likely so great a difference is if there is none
};

// McNemar's test: exact binomial where at most 1,000 events tell the two apart, else chi-squared with
// continuity correction (Edwards 1948); the interval of the difference is Wald's for paired proportions.
[[nodiscard]] PairedResult mcnemar(const PairedCounts& counts);

}  // namespace sluice::cli

#include "cli/paired_test.h"

#include <algorithm>
#include <cmath>

namespace sluice::cli {

namespace {
constexpr std::uint64_t kExactUpTo = 1'000;

// P(X <= k) for X binomial (n, 1/2), by logarithms of the coefficients.
double binomial_half_tail(std::uint64_t k, std::uint64_t n) {
  const auto size = static_cast<double>(n);
  double sum = 0;
  for (std::uint64_t i = 0; i <= k; ++i) {
    const auto x = static_cast<double>(i);
    sum += std::exp(std::lgamma(size + 1) - std::lgamma(x + 1) - std::lgamma(size - x + 1) -
                    size * std::log(2.0));
  }
  return sum;
}
}  // namespace

void PairedCounts::add(bool a, bool b) {
  if (a && b) {
    ++both;
  } else if (a) {
    ++only_a;
  } else if (b) {
    ++only_b;
  } else {
    ++neither;
  }
}

PairedResult mcnemar(const PairedCounts& counts) {
  PairedResult result;
  const std::uint64_t apart = counts.only_a + counts.only_b;
  if (counts.total() == 0) return result;
  const auto n = static_cast<double>(counts.total());
  const auto n10 = static_cast<double>(counts.only_a);
  const auto n01 = static_cast<double>(counts.only_b);
  result.a = static_cast<double>(counts.both + counts.only_a) / n;
  result.b = static_cast<double>(counts.both + counts.only_b) / n;
  result.diff = (n10 - n01) / n;
  const double half_width =
      1.959964 * std::sqrt(std::max(0.0, n10 + n01 - (n10 - n01) * (n10 - n01) / n)) / n;
  result.ci95_low = result.diff - half_width;
  result.ci95_high = result.diff + half_width;
  if (apart == 0) return result;
  if (apart <= kExactUpTo) {
    result.p = std::min(1.0, 2.0 * binomial_half_tail(std::min(counts.only_a, counts.only_b), apart));
  } else {
    const double distance = std::max(0.0, std::abs(n10 - n01) - 1.0);
    result.p = std::erfc(std::sqrt(distance * distance / (n10 + n01) / 2.0));
  }
  return result;
}

}  // namespace sluice::cli

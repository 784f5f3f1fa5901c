#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace sluice::sink {

// Waiting times between tries: doubled from `first` up to `cap`, each drawn from its upper half, so that many
// clients of one Redis do not come back at the same moment.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap, std::uint64_t seed)
      : first_(first), cap_(cap), next_(first), random_(seed) {}

  [[nodiscard]] std::chrono::milliseconds next() {
    const auto most = next_.count();
    next_ = std::min(cap_, next_ * 2);
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(most - most / 2, most)(random_));
  }
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds cap_;
  std::chrono::milliseconds next_;
  std::mt19937_64 random_;
};

}  // namespace sluice::sink

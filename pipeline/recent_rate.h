#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace sluice::pipeline {

// What a growing count did over the last so many readings. Not thread-safe.
class RecentRate {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RecentRate(std::size_t readings) : readings_(readings) {}

  void read(std::uint64_t count, Clock::time_point now) {
    if (past_.size() > readings_) past_.pop_front();
    past_.push_back({count, now});
  }
  [[nodiscard]] std::uint64_t increase() const {
    return past_.empty() ? 0 : past_.back().count - past_.front().count;
  }
  [[nodiscard]] double per_second() const {
    if (past_.size() < 2) return 0;
    const double seconds = std::chrono::duration<double>(past_.back().at - past_.front().at).count();
    return seconds > 0 ? static_cast<double>(increase()) / seconds : 0;
  }

 private:
  struct Reading {
    std::uint64_t count;
    Clock::time_point at;
  };
  std::size_t readings_;
  std::deque<Reading> past_;
};

}  // namespace sluice::pipeline

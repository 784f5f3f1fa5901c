#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

namespace sluice::pipeline {

// Notices that nearly every record is bad: then the mapping is wrong, and going on would only move the topic
// into the dead letters. Judges the last 10,000 records or a little more, and never fewer. Thread-safe.
class BadShareGuard {
 public:
  static constexpr std::uint64_t kWindow = 10'000;

  explicit BadShareGuard(double max_share) : max_share_(max_share) {}

  // Counts `records` more, of which `bad` were bad. True if the share of bad ones is now above the limit.
  [[nodiscard]] bool add(std::uint64_t records, std::uint64_t bad) {
    if (records == 0 || max_share_ >= 1) return false;
    const std::lock_guard lock(mutex_);
    parts_.push_back({records, bad});
    records_ += records;
    bad_ += bad;
    while (records_ - parts_.front().records >= kWindow) {
      records_ -= parts_.front().records;
      bad_ -= parts_.front().bad;
      parts_.pop_front();
    }
    return records_ >= kWindow && static_cast<double>(bad_) > max_share_ * static_cast<double>(records_);
  }

 private:
  struct Part {
    std::uint64_t records;
    std::uint64_t bad;
  };

  const double max_share_;
  std::mutex mutex_;
  std::deque<Part> parts_;
  std::uint64_t records_ = 0;
  std::uint64_t bad_ = 0;
};

}  // namespace sluice::pipeline

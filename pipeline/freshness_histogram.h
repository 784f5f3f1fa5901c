#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace sluice::pipeline {

// How old events are when Redis has acknowledged the list that answers them. Recorded by the publisher's
// thread, read by the status thread. Buckets grow by an eighth of an octave, so a percentile is off by at
// most 9 %.
class FreshnessHistogram {
 public:
  struct Percentiles {
    double p50_ms = 0;
    double p99_ms = 0;
  };

  void record(std::chrono::milliseconds age);
  // Over the last `kWindows` calls of this function; nothing if no list was written in that time. One thread.
  [[nodiscard]] std::optional<Percentiles> take();

 private:
  static constexpr std::size_t kBuckets = 8 * 24 + 1;  // up to 2^24 ms, four and a half hours
  static constexpr std::size_t kWindows = 10;
  using Counts = std::array<std::uint64_t, kBuckets>;

  [[nodiscard]] static std::size_t bucket_of(double ms);
  [[nodiscard]] static double upper_end(std::size_t bucket);
  [[nodiscard]] static double percentile(const Counts& counts, std::uint64_t total, double share);

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::deque<Counts> earlier_{Counts{}};  // what counts_ was at the last calls of take(), oldest first
};

}  // namespace sluice::pipeline

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "ingest/file_event.h"
#include "ingest/producer.h"

namespace sluice::ingest {

// When each event of a stream is due. Pure: clocks are the caller's.
class ReplayPace {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // `events_per_second` and `speed` (multiples of the stream's own time): 0 is none of it. With neither an
  // event is due at once; with both the later moment counts.
  ReplayPace(double events_per_second, double speed, Moment start);

  // When the next event, which happened at `time`, may be sent. A stream that fell more than a second behind
  // goes on at its pace from `now`, instead of catching up in a burst.
  // Nothing for one that has no place in the stream's time: it is due with the one before it.
  [[nodiscard]] Moment due(std::optional<Timestamp> time, Moment now);

 private:
  double events_per_second_;
  double speed_;
  Moment rate_start_;
  std::uint64_t events_ = 0;  // since rate_start_
  Moment time_start_;
  std::optional<Timestamp> first_time_;  // the event time at time_start_
};

struct ReplayProgress {
  std::uint64_t sent = 0;  // queued to the producer
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::chrono::milliseconds elapsed{};
  std::string trouble;  // what stands in the way of delivery now; empty if nothing is known to
};

struct ReplayOptions {
  std::string topic;
  double events_per_second = 0;  // 0: no limit
  double speed = 0;              // 0: not bound to the stream's time
  std::uint64_t max_events = 0;  // 0: all
  std::chrono::milliseconds progress_interval{1000};
  std::chrono::milliseconds flush_timeout{30'000};  // at the end, and after a stop
};

struct ReplayHooks {
  std::function<bool()> may_send;                          // false: wait, ask again; empty: always
  std::function<void(std::size_t bytes)> on_send;          // key and payload of each event that is queued
  std::function<void(const ReplayProgress&)> on_progress;  // at the interval, and at the end
};

struct ReplayResult {
  ReplayProgress progress;
  bool stopped = false;  // by the stop token
  std::string error;     // empty if every event sent was delivered
};

// Sends events, keyed by user (those about an item alone by that), as the default mapping's JSON; a record's
// time is the moment of sending.
// Returns when the stream is over, a stop is asked for, or the producer has failed for good; in each case
// after a flush.
[[nodiscard]] ReplayResult replay(const std::function<std::optional<FileEvent>()>& next, Producer& producer,
                                  const ReplayOptions& options, const ReplayHooks& hooks,
                                  std::stop_token stop);

}  // namespace sluice::ingest

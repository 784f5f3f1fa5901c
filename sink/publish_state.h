#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "config/options.h"
#include "sink/backoff.h"
#include "sink/hidden_items.h"
#include "sink/list_looks.h"
#include "sink/list_publisher.h"
#include "sink/live_slots.h"
#include "sink/loss_detector.h"
#include "sink/pending_lists.h"
#include "sink/popular_slot.h"
#include "sink/redis_error.h"
#include "sink/redis_keys.h"
#include "sink/redis_link.h"
#include "sink/shown_positions.h"
#include "sink/wake_up.h"

namespace sluice::sink {

// The publisher's counters, written by its thread and read by any.
class PublishCounts {
 public:
  std::atomic<std::uint64_t> lists_written = 0;
  std::atomic<std::uint64_t> lists_changed = 0;
  std::atomic<std::uint64_t> lists_kept = 0;
  std::atomic<std::uint64_t> users_erased = 0;
  std::atomic<std::uint64_t> popular_written = 0;
  std::atomic<std::uint64_t> live_written = 0;
  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> errors_retry = 0;
  std::atomic<std::uint64_t> errors_operator = 0;
  std::atomic<std::uint64_t> errors_ours = 0;
  std::atomic<std::uint64_t> data_losses = 0;
  std::atomic<bool> connected = false;
  std::atomic<bool> function_loaded = false;
  RedisLink link;

  // Adds to the counter of the failure's kind and keeps its text.
  void count(const RedisFailure& failure);
  // The server does not take the library of redis_functions.h.
  void refuse_function(std::string why);
  [[nodiscard]] PublishCounters read() const;  // without pending and lists_replaced

 private:
  mutable std::mutex mutex_;
  std::string last_error_;
  std::string function_refusal_;
};

// A command that some servers do not know, and that a proxy may answer by closing the connection. Twice in a
// row: it is left out then, for longer each time. The publisher's thread's.
class OptionalCommand {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit OptionalCommand(std::uint64_t seed)
      : pause_(std::chrono::seconds{1}, std::chrono::hours{1}, seed) {}

  [[nodiscard]] Time not_before() const { return not_before_; }
  void answered() {
    unanswered_ = 0;
    pause_.reset();
  }
  // The connection ended before there was an answer.
  void unanswered(Time now) {
    if (++unanswered_ > 1) not_before_ = now + pause_.next();
  }

 private:
  int unanswered_ = 0;
  Time not_before_{};
  Backoff pause_;
};

// What outlives a connection: everything the publisher knows. Producers use `pending`, `looks`, `hidden`,
// `popular`, `live`, `shown` and `wake`, which are thread-safe; the rest belongs to the publisher's thread.
struct PublishState {
  PublishState(const config::RedisOptions& redis_options, const config::PublishOptions& publish_options,
               ListPublisher::Callbacks on, std::uint64_t seed);

  const config::RedisOptions redis;
  const config::PublishOptions publish;
  const ListPublisher::Callbacks callbacks;
  const RedisKeys keys;

  PendingLists pending;
  ListLooks looks;
  HiddenItems hidden;
  PopularSlot popular;
  LiveSlots live;
  ShownPositions shown;
  WakeUp wake;
  PublishCounts counts;

  LossDetector losses;
  Backoff retry_backoff;     // after error replies of kind retry
  Backoff operator_backoff;  // after those of kind needs_help
  Backoff connect_backoff;
  OptionalCommand info;
  OptionalCommand functions;
};

}  // namespace sluice::sink

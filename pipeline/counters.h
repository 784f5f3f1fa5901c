#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ingest/event.h"

namespace sluice::pipeline {

// A number that one thread raises and others read.
class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

inline constexpr std::size_t kRejectReasons =
    static_cast<std::size_t>(ingest::RejectReason::bad_timestamp) + 1;

// What one shard counts. Written by that shard alone.
struct alignas(64) ShardCounters {
  Counter events;                            // learned
  Counter filtered;                          // good, but left out by the configuration
  Counter controls;                          // erase_user, retract, hide_item, show_item
  Counter stray_tombstones;                  // under a key that is no user of the partition, not obeyed
  Counter clamped;                           // event time beyond events.max_future
  Counter duplicates;                        // below the applied frontier, ignored
  Counter stale;                             // of a partition that this shard does not own any more, ignored
  Counter wrong_key;                         // the record's key is not its user
  std::array<Counter, kRejectReasons> dead;  // by reason
  Counter dead_letter_waits;                 // times a full dead-letter queue stopped the reading
  Counter lists;                             // ranked and handed to the publisher
  Counter refreshed;                         // of those, without a new event
  Counter publisher_full;
  Counter merge_us;  // in the boundaries of epochs, waiting included
  // Levels, not sums.
  Counter dirty;
  Counter to_republish;
  Counter
      partitions_behind_shown;  // whose lists wait, as readers are shown what this process has yet to learn
  Counter to_change;            // lists out of which hidden items are still to be taken
  Counter overdue_ms;           // how long the most overdue refresh has waited beyond publish.max_age
  // Hits of the lists as they stood when an event came, on a sample of the users.
  Counter quality_scored;
  Counter published_hits;
  Counter unmerged_hits;
  Counter popular_hits;
  Counter requested_scored;
  Counter requested_hits;
};

}  // namespace sluice::pipeline

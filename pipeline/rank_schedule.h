#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/types.h"

namespace sluice::pipeline {

// When each user of one partition is to be ranked next. Users are rows of the model's table; each stands in
// at most one of four queues, which are linked through the rows, so that memory is bounded by the number of
// users and every operation takes constant time:
//
//   dirty      an event came since the last list; oldest first
//   republish  Redis lost its data, or there is more for a list that is too short; in the order of
//   republish() calls, most active first fresh      ranked; longest ago first idle       ranked, and not
//   active any more; longest ago first
//
// Times are of a steady clock. Not thread-safe.
class RankSchedule {
 public:
  using Clock = std::chrono::steady_clock;
  using Row = std::uint32_t;

  // No time given later may lie before `start`.
  explicit RankSchedule(Clock::time_point start = Clock::now() - std::chrono::days{100}) : start_(start) {}

  // `record_time` is the Kafka time of the event; the oldest one since the last list is kept. A dirty row
  // keeps its place.
  void mark_dirty(Row row, Clock::time_point now, Timestamp record_time);
  // Leaves dirty rows alone.
  void republish(Row row);
  // The row's latest list is shorter than it should be, for want of items; until republish_short().
  void mark_short(Row row);
  // There are more items: republish() of all rows that were marked so.
  void republish_short();
  // The row has a list as of `at`. Rows must be given in the order of `at`.
  void mark_fresh(Row row, Clock::time_point at);
  // The same for a user who is not active. Rows must be given in the order of `at`.
  void mark_idle(Row row, Clock::time_point at);
  // From the fresh to the idle ones, with the time of its list. The first of the fresh only.
  void retire(Row row) { mark_idle(row, since(row)); }
  // Out of all queues.
  void forget(Row row);

  // The first of each queue; of all but republish only if it has stood there since `before`.
  [[nodiscard]] std::optional<Row> dirty(Clock::time_point before) const { return due(kDirty, before); }
  [[nodiscard]] std::optional<Row> fresh(Clock::time_point before) const { return due(kFresh, before); }
  [[nodiscard]] std::optional<Row> idle(Clock::time_point before) const { return due(kIdle, before); }
  [[nodiscard]] std::optional<Row> to_republish() const { return due(kRepublish, Clock::time_point::max()); }
  // The row behind it in its queue.
  [[nodiscard]] std::optional<Row> behind(Row row) const;
  // Since when the first row of that queue stands there.
  [[nodiscard]] std::optional<Clock::time_point> oldest_dirty() const { return oldest(kDirty); }
  [[nodiscard]] std::optional<Clock::time_point> oldest_fresh() const { return oldest(kFresh); }
  [[nodiscard]] std::optional<Clock::time_point> oldest_idle() const { return oldest(kIdle); }

  // Kafka time of the oldest event that the row's next list answers; zero if there is none.
  [[nodiscard]] Timestamp record_time(Row row) const;

  [[nodiscard]] std::size_t dirty_count() const { return queues_[kDirty].count; }
  [[nodiscard]] std::size_t fresh_count() const { return queues_[kFresh].count; }
  [[nodiscard]] std::size_t idle_count() const { return queues_[kIdle].count; }
  [[nodiscard]] std::size_t republish_count() const { return queues_[kRepublish].count; }

 private:
  enum Queue : std::uint8_t { kDirty, kRepublish, kFresh, kIdle, kNone };
  static constexpr Row kEnd = UINT32_MAX;
  struct Entry {
    Row previous = kEnd;
    Row next = kEnd;
    std::uint32_t since = 0;  // 10 ms steps after start_: 497 days fit
    Queue queue = kNone;
    bool is_short = false;  // and stands in short_
    Timestamp record_time{};
  };
  struct Ends {
    Row first = kEnd;
    Row last = kEnd;
    std::size_t count = 0;
  };

  Entry& entry(Row row);
  void append(Queue queue, Row row, Clock::time_point since);
  void unlink(Row row);
  [[nodiscard]] std::optional<Row> due(Queue queue, Clock::time_point before) const;
  [[nodiscard]] std::optional<Clock::time_point> oldest(Queue queue) const;
  [[nodiscard]] Clock::time_point since(Row row) const;

  Clock::time_point start_;
  std::vector<Entry> entries_;
  std::array<Ends, 4> queues_;
  std::vector<Row> short_;
};

}  // namespace sluice::pipeline

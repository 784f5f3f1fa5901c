#include "pipeline/rank_schedule.h"

#include <algorithm>
#include <utility>

namespace sluice::pipeline {
namespace {

constexpr std::chrono::milliseconds kStep{10};

}  // namespace

void RankSchedule::mark_dirty(Row row, Clock::time_point now, Timestamp record_time) {
  Entry& entry = this->entry(row);
  const bool known = entry.record_time != Timestamp{};
  entry.record_time = known ? std::min(entry.record_time, record_time) : record_time;
  if (entry.queue == kDirty) return;
  unlink(row);
  append(kDirty, row, now);
}

void RankSchedule::republish(Row row) {
  const Queue queue = entry(row).queue;
  if (queue == kDirty || queue == kRepublish) return;
  unlink(row);
  append(kRepublish, row, start_);
}

void RankSchedule::mark_short(Row row) {
  if (!std::exchange(entry(row).is_short, true)) short_.push_back(row);
}

void RankSchedule::republish_short() {
  for (const Row row : short_) {
    entries_[row].is_short = false;
    republish(row);
  }
  short_.clear();
}

void RankSchedule::mark_fresh(Row row, Clock::time_point at) {
  entry(row).record_time = Timestamp{};
  unlink(row);
  append(kFresh, row, at);
}

void RankSchedule::mark_idle(Row row, Clock::time_point at) {
  entry(row).record_time = Timestamp{};
  unlink(row);
  append(kIdle, row, at);
}

void RankSchedule::forget(Row row) {
  entry(row).record_time = Timestamp{};
  unlink(row);
}

Timestamp RankSchedule::record_time(Row row) const {
  return row < entries_.size() ? entries_[row].record_time : Timestamp{};
}

RankSchedule::Entry& RankSchedule::entry(Row row) {
  if (row >= entries_.size()) entries_.resize(std::size_t{row} + 1);
  return entries_[row];
}

void RankSchedule::append(Queue queue, Row row, Clock::time_point since) {
  Ends& ends = queues_[queue];
  Entry& entry = entries_[row];
  entry.queue = queue;
  entry.since = static_cast<std::uint32_t>(std::max<std::int64_t>(0, (since - start_) / kStep));
  entry.previous = ends.last;
  entry.next = kEnd;
  (ends.last == kEnd ? ends.first : entries_[ends.last].next) = row;
  ends.last = row;
  ++ends.count;
}

void RankSchedule::unlink(Row row) {
  Entry& entry = entries_[row];
  if (entry.queue == kNone) return;
  Ends& ends = queues_[entry.queue];
  (entry.previous == kEnd ? ends.first : entries_[entry.previous].next) = entry.next;
  (entry.next == kEnd ? ends.last : entries_[entry.next].previous) = entry.previous;
  --ends.count;
  entry.queue = kNone;
}

std::optional<RankSchedule::Row> RankSchedule::due(Queue queue, Clock::time_point before) const {
  const Row first = queues_[queue].first;
  if (first == kEnd || since(first) > before) return std::nullopt;
  return first;
}

std::optional<RankSchedule::Row> RankSchedule::behind(Row row) const {
  if (row >= entries_.size() || entries_[row].next == kEnd) return std::nullopt;
  return entries_[row].next;
}

std::optional<RankSchedule::Clock::time_point> RankSchedule::oldest(Queue queue) const {
  const Row first = queues_[queue].first;
  if (first == kEnd) return std::nullopt;
  return since(first);
}

RankSchedule::Clock::time_point RankSchedule::since(Row row) const {
  return start_ + entries_[row].since * kStep;
}

}  // namespace sluice::pipeline

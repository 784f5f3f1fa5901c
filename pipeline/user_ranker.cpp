#include "pipeline/user_ranker.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "pipeline/list_conversion.h"
#include "pipeline/rows_by_activity.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

// How long a shard does not ask again after the publisher refused a list.
constexpr std::chrono::milliseconds kPublisherPause{20};
// Refreshes go at most at this multiple of the pace that would make no list older than it may be.
constexpr double kRefreshPace = 2.0;
constexpr double kLeastRefreshesPerSecond = 200;
constexpr double kMostRefreshesSaved = 100;  // a burst is no longer than this

// Lists of its users may be made; as of the latest claim_lists().
bool has_turn(const std::unique_ptr<ShardPartition>& partition) {
  return partition && partition->active && !partition->lists_wait;
}

void claim_lists(const UserRanker::Partitions& partitions) {
  for (const auto& partition : partitions) {
    if (partition) partition->claim_lists();
  }
}

}  // namespace

UserRanker::UserRanker(const config::Options& options, model::Model& model, int shard,
                       sink::ListPublisher& publisher, ShardCounters& counters, LiveQuality& quality)
    : options_(options),
      policy_(options.publish),
      model_(model),
      shard_(model.shard(shard)),
      publisher_(publisher),
      counters_(counters),
      quality_(quality),
      entries_(options.ranking.list_size + options.ranking.spare_entries) {}

bool UserRanker::rank_due(const Partitions& partitions, Clock::duration at_most) {
  const Clock::time_point start = Clock::now();
  Clock::time_point now = start;
  claim_lists(partitions);
  republish_short(partitions);
  if (now < publisher_full_until_) return false;
  earn_refreshes(partitions, now);
  do {
    const Outcome outcome = rank_next(partitions, now);
    if (outcome != Outcome::done) return false;
    now = Clock::now();
  } while (now - start < at_most);
  return true;
}

std::size_t UserRanker::rank_all_dirty(const Partitions& partitions, Clock::time_point deadline) {
  claim_lists(partitions);
  std::size_t left = 0;
  for (const auto& partition : partitions) {
    if (!has_turn(partition)) continue;
    for (auto row = partition->schedule.dirty(Clock::time_point::max()); row && Clock::now() < deadline;
         row = partition->schedule.dirty(Clock::time_point::max())) {
      if (rank(*partition, *row, Clock::now()) == Outcome::publisher_full) break;
    }
    left += partition->schedule.dirty_count();
  }
  return left;
}

UserRanker::Clock::time_point UserRanker::next_due(const Partitions& partitions) const {
  Clock::time_point due = Clock::time_point::max();
  for (const auto& partition : partitions) {
    if (!has_turn(partition)) continue;
    const RankSchedule& schedule = partition->schedule;
    if (const auto since = schedule.oldest_dirty()) due = std::min(due, *since + policy_.linger);
    if (schedule.republish_count() > 0) due = Clock::time_point::min();
    if (const auto since = schedule.oldest_fresh()) due = std::min(due, *since + policy_.max_age);
    if (const auto since = schedule.oldest_idle()) due = std::min(due, *since + policy_.idle_max_age);
  }
  return due == Clock::time_point::max() ? due : std::max(due, publisher_full_until_);
}

std::vector<RankSchedule::Row> UserRanker::schedule_loaded(ShardPartition& partition) const {
  std::vector<RankSchedule::Row> rows = rows_by_activity(partition, shard_);
  const auto is_active = [&](RankSchedule::Row row) { return this->is_active(partition, row); };
  const auto is_idle = [&](RankSchedule::Row row) { return !is_gone(partition, row); };
  const auto idle = std::ranges::partition_point(rows, is_active);
  const auto gone = std::partition_point(idle, rows.end(), is_idle);
  const auto spread = [now = Clock::now()](auto first, auto last, milliseconds age, auto mark) {
    const Clock::duration step = age / std::max<std::ptrdiff_t>(1, last - first);
    for (auto row = first; row != last; ++row) mark(*row, now - age + step * (row - first));
  };
  RankSchedule& schedule = partition.schedule;
  spread(rows.begin(), idle, policy_.max_age, [&](auto row, auto at) { schedule.mark_fresh(row, at); });
  spread(idle, gone, policy_.idle_max_age, [&](auto row, auto at) { schedule.mark_idle(row, at); });
  rows.erase(gone, rows.end());
  return rows;
}

void UserRanker::republish_all(const Partitions& partitions) const {
  for (const auto& partition : partitions) {
    if (!partition) continue;
    for (const RankSchedule::Row row : rows_by_activity(*partition, shard_))
      partition->schedule.republish(row);
  }
}

void UserRanker::republish_short(const Partitions& partitions) {
  const std::size_t items = model_.items().index.live().size();
  if (std::exchange(items_seen_, items) >= items) return;
  for (const auto& partition : partitions) {
    if (partition) partition->schedule.republish_short();
  }
}

void UserRanker::show_levels(const Partitions& partitions) const {
  std::size_t dirty = 0;
  std::size_t republish = 0;
  std::size_t waiting = 0;
  Clock::duration overdue{0};
  const Clock::time_point now = Clock::now();
  for (const auto& partition : partitions) {
    if (!partition) continue;
    dirty += partition->schedule.dirty_count();
    republish += partition->schedule.republish_count();
    const auto since = partition->schedule.oldest_fresh();
    if (partition->active && partition->lists_wait) ++waiting;
    if (since && has_turn(partition)) overdue = std::max(overdue, now - *since - policy_.max_age);
  }
  counters_.dirty.set(dirty);
  counters_.to_republish.set(republish);
  counters_.partitions_behind_shown.set(waiting);
  counters_.overdue_ms.set(
      static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(overdue).count()));
}

UserRanker::Outcome UserRanker::rank_next(const Partitions& partitions, Clock::time_point now) {
  refresh_has_turn_ = !refresh_has_turn_;
  if (refresh_has_turn_) {
    const Outcome refreshed = refresh_next(partitions, now);
    if (refreshed != Outcome::nothing_due) return refreshed;
  }
  ShardPartition* oldest = nullptr;
  Clock::time_point since = now - policy_.linger;
  for (const auto& partition : partitions) {
    if (!has_turn(partition)) continue;
    const auto first = partition->schedule.oldest_dirty();
    if (first && *first <= since) {
      oldest = partition.get();
      since = *first;
    }
  }
  if (oldest != nullptr) return rank(*oldest, *oldest->schedule.dirty(now), now);
  const Outcome republished = republish_next(partitions, now);
  return republished == Outcome::nothing_due ? refresh_next(partitions, now) : republished;
}

UserRanker::Outcome UserRanker::republish_next(const Partitions& partitions, Clock::time_point now) {
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto& partition = partitions[++republish_from_ % partitions.size()];
    if (!has_turn(partition)) continue;
    if (const auto row = partition->schedule.to_republish()) return rank(*partition, *row, now);
  }
  return Outcome::nothing_due;
}

UserRanker::Outcome UserRanker::refresh_next(const Partitions& partitions, Clock::time_point now) {
  if (refreshes_earned_ < 1) return Outcome::nothing_due;
  ShardPartition* most_overdue = nullptr;
  bool is_idle = false;
  Clock::time_point due = now;
  const auto look_at = [&](ShardPartition& partition, std::optional<Clock::time_point> oldest,
                           milliseconds max_age, bool idle) {
    if (!oldest || *oldest + max_age > due) return;
    most_overdue = &partition;
    due = *oldest + max_age;
    is_idle = idle;
  };
  for (const auto& partition : partitions) {
    if (!has_turn(partition)) continue;
    look_at(*partition, partition->schedule.oldest_fresh(), policy_.max_age, false);
    look_at(*partition, partition->schedule.oldest_idle(), policy_.idle_max_age, true);
  }
  if (most_overdue == nullptr) return Outcome::nothing_due;
  RankSchedule& schedule = most_overdue->schedule;
  const RankSchedule::Row row = is_idle ? *schedule.idle(now) : *schedule.fresh(now);
  if (is_gone(*most_overdue, row)) {
    schedule.forget(row);  // the next event brings him back
    return Outcome::done;
  }
  if (!is_idle && !is_active(*most_overdue, row)) {
    schedule.retire(row);
    return Outcome::done;
  }
  refreshes_earned_ -= 1;
  const Outcome outcome = rank(*most_overdue, row, now);
  if (outcome == Outcome::done) counters_.refreshed.add();
  return outcome;
}

// So that what the next lists read is under way while this one is made.
void UserRanker::look_ahead(const ShardPartition& partition, RankSchedule::Row row) const {
  std::array<model::UserRef, model::Shard::kListsAhead> next;
  std::size_t count = 0;
  for (auto behind = partition.schedule.behind(row); behind && count < next.size();
       behind = partition.schedule.behind(*behind)) {
    next[count++] = {partition.id, *behind};
  }
  shard_.look_ahead(std::span(next).first(count));
}

UserRanker::Outcome UserRanker::rank(ShardPartition& partition, RankSchedule::Row row,
                                     Clock::time_point now) {
  look_ahead(partition, row);
  if (!shard_.rank({partition.id, row}, shard_.stream_time(), entries_, ranked_,
                   options_.publish.kept_entries)) {
    partition.schedule.forget(row);
    return Outcome::done;
  }
  ListMarks::Mark mark;
  for (const model::RankedEntry& entry : ranked_.entries) mark.add(entry.item);
  for (const model::RankedEntry& entry : ranked_.live.kept) mark.add(entry.item);
  sink::List list = to_list(ranked_, model_, partition.id, options_.publish.kept_entries > 0);
  list.record_time = partition.schedule.record_time(row);
  if (!publisher_.submit(std::move(list))) {
    counters_.publisher_full.add();
    publisher_full_until_ = now + kPublisherPause;
    return Outcome::publisher_full;
  }
  counters_.lists.add();
  if (quality_.sampled(ranked_.user)) quality_.published(ranked_.user, model::LiveDocument(ranked_));
  partition.schedule.mark_fresh(row, now);
  if (ranked_.entries.size() < options_.ranking.list_size) partition.schedule.mark_short(row);
  partition.marks.set(row, mark);
  return Outcome::done;
}

bool UserRanker::is_active(const ShardPartition& partition, RankSchedule::Row row) const {
  return policy_.is_active(shard_.last_event({partition.id, row}), shard_.stream_time());
}

bool UserRanker::is_gone(const ShardPartition& partition, RankSchedule::Row row) const {
  return policy_.is_gone(shard_.last_event({partition.id, row}), shard_.stream_time());
}

void UserRanker::earn_refreshes(const Partitions& partitions, Clock::time_point now) {
  double due_per_second = 0;
  const auto add = [&](std::size_t users, milliseconds max_age) {
    due_per_second +=
        static_cast<double>(users) / std::max(std::chrono::duration<double>(max_age).count(), 0.001);
  };
  for (const auto& partition : partitions) {
    if (!has_turn(partition)) continue;
    add(partition->schedule.fresh_count(), policy_.max_age);
    add(partition->schedule.idle_count(), policy_.idle_max_age);
  }
  const double per_second = std::max(kLeastRefreshesPerSecond, kRefreshPace * due_per_second);
  const double passed_s = std::chrono::duration<double>(now - earned_at_).count();
  refreshes_earned_ =
      std::min(refreshes_earned_ + per_second * passed_s, std::max(kMostRefreshesSaved, per_second / 10));
  earned_at_ = now;
}

}  // namespace sluice::pipeline

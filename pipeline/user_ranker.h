#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "config/options.h"
#include "model/model.h"
#include "pipeline/counters.h"
#include "pipeline/live_quality.h"
#include "pipeline/publish_policy.h"
#include "pipeline/shard_partition.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Decides whose list is made next in one shard, makes it and hands it to the publisher: first users with new
// events, publish.linger after the first of them; then users whose lists Redis lost, or are shorter than
// ranking.list_size though there are more items now; then active users whose
// list is older than publish.max_age and idle ones by publish.idle_max_age, most overdue first, at a pace
// that spreads them. Where both new events and old lists wait, they take turns. Not thread-safe: the shard's
// own.
class UserRanker {
 public:
  using Clock = std::chrono::steady_clock;
  using Partitions = std::vector<std::unique_ptr<ShardPartition>>;

  UserRanker(const config::Options& options, model::Model& model, int shard, sink::ListPublisher& publisher,
             ShardCounters& counters, LiveQuality& quality);

  // Ranks what is due, at most that long; at least one user if any is due and the publisher has room. True if
  // more is due.
  bool rank_due(const Partitions& partitions, Clock::duration at_most);
  // Ranks all dirty users, the linger over or not, until the deadline. The number that stayed dirty.
  std::size_t rank_all_dirty(const Partitions& partitions, Clock::time_point deadline);

  // When rank_due() will next have something to do; time_point::max() if nothing waits.
  [[nodiscard]] Clock::time_point next_due(const Partitions& partitions) const;

  // Users of a partition that was loaded: when their lists were made is not known, so their refreshes are
  // spread over publish.max_age, least recently active last. Returns those who should have a list, most
  // recently active first.
  [[nodiscard]] std::vector<RankSchedule::Row> schedule_loaded(ShardPartition& partition) const;
  // Redis lost its data: everybody's list is written again, most active first.
  void republish_all(const Partitions& partitions) const;

  // There may be more to show, though no item is new: lists that are short for want of items are due again.
  void expect_more_items() { items_seen_ = 0; }

  void show_levels(const Partitions& partitions) const;

 private:
  enum class Outcome : std::uint8_t { nothing_due, done, publisher_full };

  Outcome rank_next(const Partitions& partitions, Clock::time_point now);
  Outcome republish_next(const Partitions& partitions, Clock::time_point now);
  Outcome rank(ShardPartition& partition, RankSchedule::Row row, Clock::time_point now);
  void look_ahead(const ShardPartition& partition, RankSchedule::Row row) const;
  Outcome refresh_next(const Partitions& partitions, Clock::time_point now);
  [[nodiscard]] bool is_active(const ShardPartition& partition, RankSchedule::Row row) const;
  [[nodiscard]] bool is_gone(const ShardPartition& partition, RankSchedule::Row row) const;
  void republish_short(const Partitions& partitions);
  void earn_refreshes(const Partitions& partitions, Clock::time_point now);

  const config::Options& options_;
  const PublishPolicy policy_;
  model::Model& model_;
  model::Shard& shard_;
  sink::ListPublisher& publisher_;
  ShardCounters& counters_;
  LiveQuality& quality_;
  const std::size_t entries_;
  Clock::time_point publisher_full_until_{};
  std::size_t items_seen_ = 0;     // that lists could be made of, when short ones were last looked at
  bool refresh_has_turn_ = false;  // every second one, else a flood of events would let all other lists age
  double refreshes_earned_ = 0;
  Clock::time_point earned_at_ = Clock::now();
  std::size_t republish_from_ = 0;  // partitions take turns, so that the most active of all come first
  model::RankedList ranked_;        // reused
};

}  // namespace sluice::pipeline

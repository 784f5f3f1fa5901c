#include "pipeline/status_report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "common/clock.h"
#include "common/resident_bytes.h"
#include "pipeline/link_report.h"

namespace sluice::pipeline {
namespace {

using sink::StatusFields;

// How far back the quality of the published lists looks.
constexpr std::chrono::minutes kQualityWindow{5};

void put(StatusFields& fields, const std::string& name, std::uint64_t value) {
  fields[name] = std::to_string(value);
}

void put(StatusFields& fields, const std::string& name, std::int64_t value) {
  fields[name] = std::to_string(value);
}

void put_decimal(StatusFields& fields, const std::string& name, double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  fields[name] = text;
}

std::uint64_t sum(const std::vector<std::unique_ptr<ShardWorker>>& shards, Counter ShardCounters::*counter) {
  std::uint64_t total = 0;
  for (const auto& shard : shards) total += (shard->counters().*counter).get();
  return total;
}

std::string suffix(const TopicPartition& partition) {
  return "." + partition.topic + "." + std::to_string(static_cast<std::int32_t>(partition.partition));
}

}  // namespace

std::string_view to_string(ServiceState state) {
  switch (state) {
    case ServiceState::starting:
      return "starting";
    case ServiceState::running:
      return "running";
    case ServiceState::rebalancing:
      return "rebalancing";
    case ServiceState::stopping:
      return "stopping";
  }
  return "unknown";
}

CarriedCounts total_counts(const CarriedCounts& carried,
                           const std::vector<std::unique_ptr<ShardWorker>>& shards) {
  CarriedCounts total = carried;
  total.events += sum(shards, &ShardCounters::events);
  total.filtered += sum(shards, &ShardCounters::filtered);
  for (std::size_t i = 1; i < kRejectReasons; ++i) {
    std::uint64_t count = 0;
    for (const auto& shard : shards) count += shard->counters().dead[i].get();
    if (count > 0) total.dead[std::string(to_string(static_cast<ingest::RejectReason>(i)))] += count;
  }
  return total;
}

StatusReport::StatusReport(const StatusSources& sources)
    : from_(sources),
      snapshot_age_(sources.started_at_ms),
      scored_(static_cast<std::size_t>(kQualityWindow / sources.options.publish.status_interval)),
      published_hits_(scored_),
      unmerged_hits_(scored_),
      popular_hits_(scored_),
      requested_scored_(scored_),
      requested_hits_(scored_) {}

StatusFields StatusReport::make() {
  StatusFields fields;
  fields["version"] = from_.version;
  fields["instance"] = from_.options.instance;
  fields["state"] = to_string(from_.state.load());
  put(fields, "pid", static_cast<std::int64_t>(getpid()));
  put(fields, "started_at_ms", from_.started_at_ms);
  put(fields, "restored_at_ms", from_.restored_at_ms.load());
  put(fields, "updated_at_ms", to_unix_ms(wall_now()));
  const model::Stats stats = from_.coordinator.stats();
  put(fields, "users", stats.users);
  put(fields, "items", stats.items);
  put(fields, "bytes", stats.bytes);
  put(fields, "rss_bytes", resident_bytes());
  put(fields, "max_bytes", from_.options.limits.max_bytes);
  put(fields, "evicted_users", stats.evicted_users);
  put(fields, "evicted_items", stats.evicted_items);
  put(fields, "untaught", stats.untaught);
  put(fields, "restarted_factors", stats.restarted_factors);
  put(fields, "moved_users", stats.moved_users);
  put(fields, "shards", std::uint64_t{from_.shards.size()});
  put(fields, "epoch", static_cast<std::uint64_t>(from_.coordinator.epoch()));
  put(fields, "epochs", from_.coordinator.boundaries());
  add_progress(fields);
  add_links(fields);
  add_shards(fields);
  add_lists(fields);
  add_snapshots(fields);
  add_quality(fields);
  if (from_.controls != nullptr) add_controls(fields);
  return fields;
}

void StatusReport::add_progress(StatusFields& fields) const {
  std::uint64_t holes = 0;
  for (const auto& [partition, progress] : from_.board.entries()) {
    if (!progress->active) continue;
    const std::int64_t applied = progress->applied;
    put(fields, "applied" + suffix(partition), applied);
    const auto end = from_.consumer.known_end(partition);
    const std::int64_t lag = end ? static_cast<std::int64_t>(*end) - applied : 0;
    put(fields, "lag" + suffix(partition), std::max<std::int64_t>(0, lag));
    holes += progress->holes;
  }
  for (const auto& [partition, offset] : from_.consumer.committed()) {
    put(fields, "committed" + suffix(partition), static_cast<std::int64_t>(offset));
  }
  put(fields, "holes", holes);
  const auto& kafka = from_.consumer.counters();
  put(fields, "rebalances", kafka.rebalances.load());
  put(fields, "errors.kafka", kafka.errors.load());
  put(fields, "errors.commit", kafka.commit_errors.load());
  const auto& rebalancer = from_.rebalancer.counters();
  put(fields, "log_gaps", rebalancer.log_gaps.get());
  put(fields, "lost_records", rebalancer.lost_records.get());
  put(fields, "cold_starts", rebalancer.cold_starts.get());
  put(fields, "partitions_loaded", rebalancer.loaded.get());
  put(fields, "partitions_kept", rebalancer.kept.get());
}

void StatusReport::add_links(StatusFields& fields) const {
  const auto put_since = [&](const std::string& name, std::chrono::system_clock::time_point since) {
    put(fields, name,
        std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch()).count());
  };
  const ingest::KafkaWatch::State kafka = from_.kafka.state();
  fields["kafka"] = to_string(kafka.link);
  put_since("kafka_since_ms", kafka.since);
  if (!kafka.reason.empty()) fields["kafka_last_error"] = kafka.reason;
  std::uint64_t leaderless = 0;
  for (const auto& [topic, view] : kafka.topics) {
    put(fields, "partitions." + topic, static_cast<std::int64_t>(view.partitions));
    leaderless += static_cast<std::uint64_t>(view.leaderless);
  }
  put(fields, "leaderless", leaderless);
  const sink::PublishCounters lists = from_.publisher.counters();
  const sink::RedisLink::Now redis = worse_of(lists.link, from_.status_publisher.counters().link);
  fields["redis"] = to_string(redis.state);
  put_since("redis_since_ms", redis.since);
  const std::string& error = redis.why.text.empty() ? lists.last_error : redis.why.text;
  if (!error.empty()) fields["redis_last_error"] = error;
}

void StatusReport::add_shards(StatusFields& fields) {
  const CarriedCounts total = total_counts(from_.carried, from_.shards);
  events_.read(total.events, RecentRate::Clock::now());
  put(fields, "events", total.events);
  put_decimal(fields, "events_per_s", events_.per_second(), 1);
  put(fields, "filtered", total.filtered);
  for (const auto& [reason, count] : total.dead) put(fields, "dead." + reason, count);
  const struct {
    const char* name;
    Counter ShardCounters::*counter;
  } sums[] = {{"duplicates", &ShardCounters::duplicates},
              {"stale", &ShardCounters::stale},
              {"controls", &ShardCounters::controls},
              {"stray_tombstones", &ShardCounters::stray_tombstones},
              {"clamped", &ShardCounters::clamped},
              {"wrong_key", &ShardCounters::wrong_key},
              {"dead_letter_waits", &ShardCounters::dead_letter_waits},
              {"dirty", &ShardCounters::dirty},
              {"to_republish", &ShardCounters::to_republish},
              {"to_change", &ShardCounters::to_change},
              {"partitions_behind_shown", &ShardCounters::partitions_behind_shown},
              {"refreshed", &ShardCounters::refreshed},
              {"publisher_full", &ShardCounters::publisher_full},
              {"merge_us", &ShardCounters::merge_us}};
  for (const auto& [name, counter] : sums) put(fields, name, sum(from_.shards, counter));
  std::uint64_t overdue = 0;
  for (const auto& shard : from_.shards) overdue = std::max(overdue, shard->counters().overdue_ms.get());
  put(fields, "overdue_ms", overdue);
}

void StatusReport::add_lists(StatusFields& fields) {
  const sink::PublishCounters lists = from_.publisher.counters();
  lists_.read(lists.lists_written, RecentRate::Clock::now());
  put(fields, "lists", lists.lists_written);
  put_decimal(fields, "lists_per_s", lists_.per_second(), 1);
  put(fields, "lists_changed", lists.lists_changed);
  put(fields, "lists_kept", lists.lists_kept);
  put(fields, "pending", lists.pending);
  put(fields, "live_lists", lists.live_written);
  fields["redis_function"] = lists.function_loaded ? "loaded" : "none";
  put(fields, "redis_reconnects", lists.reconnects);
  put(fields, "redis_data_losses", lists.data_losses);
  put(fields, "errors.redis_retry", lists.errors_retry);
  put(fields, "errors.redis_operator", lists.errors_operator);
  put(fields, "errors.redis_ours", lists.errors_ours);
  const auto freshness = from_.freshness.take();
  put_decimal(fields, "freshness_p50_ms", freshness ? freshness->p50_ms : 0, 0);
  put_decimal(fields, "freshness_p99_ms", freshness ? freshness->p99_ms : 0, 0);
}

void StatusReport::add_snapshots(StatusFields& fields) {
  const auto& snapshots = from_.checkpointer.counters();
  // In this order: what is applied meanwhile is not taken for saved.
  const ingest::Offsets durable = from_.checkpointer.durable_offsets();
  const auto made_at = static_cast<std::int64_t>(snapshots.durable_at_ms.get());
  const ingest::Offsets applied = from_.board.applied(ProgressBoard::Which::all);
  put(fields, "snapshot_age_ms", snapshot_age_.read(durable, made_at, applied, to_unix_ms(wall_now())));
  put(fields, "snapshots", snapshots.saved.get());
  put(fields, "snapshots_damaged", from_.shelf.damaged());
  put(fields, "snapshot_bytes", snapshots.bytes.get());
  put(fields, "snapshot_save_ms", snapshots.save_ms.get());
  put(fields, "snapshot_stall_ms", snapshots.stall_ms.get());
  put(fields, "errors.snapshot", snapshots.errors.get());
}

void StatusReport::add_controls(StatusFields& fields) const {
  put(fields, "control_topic_applied", from_.controls->applied());
  put(fields, "control_topic_bad", from_.controls->bad());
  put(fields, "control_topic_read", std::uint64_t{from_.controls->caught_up() ? 1U : 0U});
  put(fields, "errors.control_topic", from_.controls->errors());
}

void StatusReport::add_quality(StatusFields& fields) {
  const auto now = RecentRate::Clock::now();
  const std::uint64_t scored = sum(from_.shards, &ShardCounters::quality_scored);
  scored_.read(scored, now);
  published_hits_.read(sum(from_.shards, &ShardCounters::published_hits), now);
  unmerged_hits_.read(sum(from_.shards, &ShardCounters::unmerged_hits), now);
  popular_hits_.read(sum(from_.shards, &ShardCounters::popular_hits), now);
  requested_scored_.read(sum(from_.shards, &ShardCounters::requested_scored), now);
  requested_hits_.read(sum(from_.shards, &ShardCounters::requested_hits), now);
  const auto recent = static_cast<double>(std::max<std::uint64_t>(1, scored_.increase()));
  put(fields, "published_scored", scored);
  put_decimal(fields, "published_hit_rate10", static_cast<double>(published_hits_.increase()) / recent, 4);
  const auto requested = static_cast<double>(std::max<std::uint64_t>(1, requested_scored_.increase()));
  put_decimal(fields, "unmerged_hit_rate10", static_cast<double>(unmerged_hits_.increase()) / recent, 4);
  put_decimal(fields, "requested_hit_rate10", static_cast<double>(requested_hits_.increase()) / requested, 4);
  put_decimal(fields, "popular_hit_rate10", static_cast<double>(popular_hits_.increase()) / recent, 4);
}

}  // namespace sluice::pipeline

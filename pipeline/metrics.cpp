#include "pipeline/metrics.h"

#include <algorithm>
#include <array>

namespace sluice::pipeline {
namespace {

constexpr auto kCounter = Metric::Kind::counter;
constexpr auto kGauge = Metric::Kind::gauge;
constexpr int kMillis = 1'000;
constexpr int kMicros = 1'000'000;

// By field.
constexpr auto kMetrics = std::to_array<Metric>({
    {"applied", kGauge, "applied", "Next offset to be applied.", 1, Metric::Labels::partition},
    {"bytes", kGauge, "bytes", "Estimated size of the model's state."},
    {"clamped", kCounter, "clamped_total", "Events whose time was beyond events.max_future."},
    {"cold_starts", kCounter, "cold_starts_total", "Partitions begun at a commit without their users."},
    {"committed", kGauge, "committed", "Offset committed to Kafka by this process.", 1,
     Metric::Labels::partition},
    {"control_topic_applied", kCounter, "control_topic_applied_total",
     "Words on items read from kafka.control_topic."},
    {"control_topic_bad", kCounter, "control_topic_bad_total",
     "Records that have no place in kafka.control_topic."},
    {"control_topic_read", kGauge, "control_topic_read", "1 once kafka.control_topic was read to its end."},
    {"controls", kCounter, "controls_total", "Control events among the events."},
    {"dead", kCounter, "dead_total", "Dead letters by reason, over all restarts.", 1, Metric::Labels::reason},
    {"dead_letter_waits", kCounter, "dead_letter_waits_total",
     "Times a full dead-letter queue stopped the reading."},
    {"dirty", kGauge, "dirty", "Users with events newer than their list."},
    {"duplicates", kCounter, "duplicates_total", "Records below the applied frontier, ignored."},
    {"epoch", kGauge, "epoch", "Number of the current epoch."},
    {"epochs", kCounter, "epochs_total", "Boundaries of epochs of this process."},
    {"errors", kCounter, "errors_total", "Handled errors by kind.", 1, Metric::Labels::kind},
    {"events", kCounter, "events_total", "Events learned, over all restarts."},
    {"events_per_s", kGauge, "events_rate", "Events learned in a second, lately."},
    {"evicted_items", kCounter, "evicted_items_total", "Items that left because of a limit."},
    {"evicted_users", kCounter, "evicted_users_total", "Users who left because of a limit."},
    {"filtered", kCounter, "filtered_total", "Events left out by the configuration, over all restarts."},
    {"freshness_p50_ms", kGauge, "freshness_p50_seconds",
     "Median of the time from a Kafka record to Redis's reply, lately.", kMillis},
    {"freshness_p99_ms", kGauge, "freshness_p99_seconds",
     "99th percentile of the time from a Kafka record to Redis's reply, lately.", kMillis},
    {"holes", kGauge, "holes", "Offsets that the logs of this instance's partitions do not have."},
    {"items", kGauge, "items", "Items in the model."},
    {"kafka_since_ms", kGauge, "kafka_since_seconds", "Unix time since which Kafka is connected or away.",
     kMillis},
    {"lag", kGauge, "lag", "Records in the log beyond the applied offset.", 1, Metric::Labels::partition},
    {"leaderless", kGauge, "leaderless", "Partitions that no broker leads."},
    {"lists", kCounter, "lists_total", "Lists acknowledged by Redis."},
    {"lists_changed", kCounter, "lists_changed_total",
     "Lists out of which a hidden item was taken in Redis."},
    {"lists_kept", kCounter, "lists_kept_total",
     "Lists without entries that were not written because a list was there."},
    {"lists_per_s", kGauge, "lists_rate", "Lists acknowledged by Redis in a second, lately."},
    {"live_lists", kCounter, "live_lists_total", "Live lists acknowledged by Redis."},
    {"log_gaps", kCounter, "log_gaps_total", "Times a log did not have what was to be read next."},
    {"lost_records", kCounter, "lost_records_total", "Records gone from a log before they were applied."},
    {"max_bytes", kGauge, "max_bytes", "limits.max_bytes; 0 for none."},
    {"merge_us", kCounter, "merge_seconds_total",
     "Time that shards spent at boundaries of epochs, waiting included.", kMicros},
    {"moved_users", kCounter, "moved_users_total", "Users who brought their past from another partition."},
    {"overdue_ms", kGauge, "overdue_seconds", "How late the most overdue refresh of a list is.", kMillis},
    {"partitions", kGauge, "partitions", "Partitions of a topic.", 1, Metric::Labels::topic},
    {"partitions_behind_shown", kGauge, "partitions_behind_shown",
     "Partitions whose lists wait until as much is learned as they show."},
    {"partitions_kept", kCounter, "partitions_kept_total", "Partitions kept in memory through a rebalance."},
    {"partitions_loaded", kCounter, "partitions_loaded_total", "Partitions loaded from a snapshot."},
    {"pending", kGauge, "pending", "Users whose list waits for Redis's reply."},
    {"pid", kGauge, "pid", "Process id."},
    {"popular_hit_rate10", kGauge, "popular_hit_rate10", "Hit rate at 10 of the popular list, lately."},
    {"published_hit_rate10", kGauge, "published_hit_rate10", "Hit rate at 10 of what readers saw, lately."},
    {"published_scored", kCounter, "published_scored_total", "Events for which the hit rates were measured."},
    {"publisher_full", kCounter, "publisher_full_total",
     "Times publish.max_pending_lists stopped the ranking."},
    {"rebalances", kCounter, "rebalances_total", "Rebalances of the consumer group."},
    {"redis_data_losses", kCounter, "redis_data_losses_total", "Times Redis came back without its data."},
    {"redis_reconnects", kCounter, "redis_reconnects_total", "Connections to Redis after the first."},
    {"redis_since_ms", kGauge, "redis_since_seconds",
     "Unix time since which Redis is connected, away or refusing.", kMillis},
    {"refreshed", kCounter, "refreshed_total", "Lists ranked without a new event."},
    {"requested_hit_rate10", kGauge, "requested_hit_rate10",
     "Hit rate at 10 of lists made at the moment of the event, lately."},
    {"restarted_factors", kCounter, "restarted_factors_total",
     "Users whose factors began anew beside the items of another instance."},
    {"restored_at_ms", kGauge, "restored_at_seconds",
     "Unix time of the last restore from a snapshot; 0 for none.", kMillis},
    {"rss_bytes", kGauge, "rss_bytes", "Memory that the process holds, as the kernel says."},
    {"shards", kGauge, "shards", "Threads that learn."},
    {"snapshot_age_ms", kGauge, "snapshot_age_seconds", "Age of the state that a crash would fall back to.",
     kMillis},
    {"snapshot_bytes", kGauge, "snapshot_bytes", "Size of the last snapshot."},
    {"snapshot_save_ms", kGauge, "snapshot_save_seconds", "Time that writing the last snapshot took.",
     kMillis},
    {"snapshot_stall_ms", kGauge, "snapshot_stall_seconds",
     "Longest time for which the last snapshot kept a shard from all else.", kMillis},
    {"snapshots", kCounter, "snapshots_total", "Snapshots written."},
    {"snapshots_damaged", kCounter, "snapshots_damaged_total", "Damaged snapshots that were set aside."},
    {"stale", kCounter, "stale_total", "Records of partitions that had been given up, ignored."},
    {"started_at_ms", kGauge, "started_at_seconds", "Unix time of the process's start.", kMillis},
    {"stray_tombstones", kCounter, "stray_tombstones_total",
     "Tombstones under a key that is no user of the partition, not obeyed."},
    {"to_change", kGauge, "to_change", "Lists out of which hidden items are still to be taken."},
    {"to_republish", kGauge, "to_republish", "Lists to be ranked and written again."},
    {"unmerged_hit_rate10", kGauge, "unmerged_hit_rate10",
     "Hit rate at 10 of the lists in Redis without live lists, lately."},
    {"untaught", kCounter, "untaught_total", "Events above their user's limits.taught_per_day."},
    {"updated_at_ms", kGauge, "updated_at_seconds", "Unix time of this report.", kMillis},
    {"users", kGauge, "users", "Users in the model."},
    {"wrong_key", kCounter, "wrong_key_total", "Records whose key is not their user."},
});
static_assert(std::ranges::is_sorted(kMetrics, {}, &Metric::field));

}  // namespace

const Metric* find_metric(std::string_view field) {
  const auto* const found = std::ranges::lower_bound(kMetrics, field, {}, &Metric::field);
  return found != kMetrics.end() && found->field == field ? found : nullptr;
}

}  // namespace sluice::pipeline

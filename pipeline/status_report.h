#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/options.h"
#include "ingest/kafka_consumer.h"
#include "ingest/kafka_watch.h"
#include "pipeline/checkpointer.h"
#include "pipeline/control_feed.h"
#include "pipeline/epoch_coordinator.h"
#include "pipeline/freshness_histogram.h"
#include "pipeline/progress_board.h"
#include "pipeline/rebalancer.h"
#include "pipeline/recent_rate.h"
#include "pipeline/shard_worker.h"
#include "pipeline/snapshot_age.h"
#include "pipeline/snapshot_shelf.h"
#include "sink/list_publisher.h"
#include "sink/status_publisher.h"

namespace sluice::pipeline {

// Counts that outlive the process: they are in the snapshot beside the state that they describe, so that what
// was applied and what was not adds up however often the process is killed.
struct CarriedCounts {
  std::uint64_t events = 0;
  std::uint64_t filtered = 0;
  std::map<std::string, std::uint64_t> dead;  // by reason
};

// The shards' counts on top of what was carried.
[[nodiscard]] CarriedCounts total_counts(const CarriedCounts& carried,
                                         const std::vector<std::unique_ptr<ShardWorker>>& shards);

enum class ServiceState : std::uint8_t {
  starting,  // the group has not given it partitions yet
  running,
  rebalancing,  // it gave its partitions up or lost them, and was not given the next
  stopping,
};
[[nodiscard]] std::string_view to_string(ServiceState state);

// Whose numbers a report shows. All may be read by any thread.
struct StatusSources {
  const config::Options& options;
  std::string version;
  std::int64_t started_at_ms = 0;
  const std::atomic<std::int64_t>& restored_at_ms;
  const std::atomic<ServiceState>& state;
  const CarriedCounts& carried;
  const std::vector<std::unique_ptr<ShardWorker>>& shards;
  const EpochCoordinator& coordinator;
  const ProgressBoard& board;
  const ingest::KafkaConsumer& consumer;
  const ingest::KafkaWatch& kafka;
  const Checkpointer& checkpointer;
  const SnapshotShelf& shelf;
  const Rebalancer& rebalancer;
  const sink::ListPublisher& publisher;
  const sink::StatusPublisher& status_publisher;
  const ControlFeed* controls;    // null without kafka.control_topic
  FreshnessHistogram& freshness;  // taken by the report alone
};

// Turns the service's numbers into the status that Redis and /metrics show. One thread.
class StatusReport {
 public:
  explicit StatusReport(const StatusSources& sources);

  // As of now; rates and percentiles are over the last ten calls.
  [[nodiscard]] sink::StatusFields make();

 private:
  void add_progress(sink::StatusFields& fields) const;
  void add_links(sink::StatusFields& fields) const;
  void add_shards(sink::StatusFields& fields);
  void add_lists(sink::StatusFields& fields);
  void add_snapshots(sink::StatusFields& fields);
  void add_controls(sink::StatusFields& fields) const;
  void add_quality(sink::StatusFields& fields);

  StatusSources from_;
  SnapshotAge snapshot_age_;
  RecentRate events_{10};
  RecentRate lists_{10};
  RecentRate scored_;
  RecentRate published_hits_;
  RecentRate unmerged_hits_;
  RecentRate popular_hits_;
  RecentRate requested_scored_;
  RecentRate requested_hits_;
};

}  // namespace sluice::pipeline

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/options.h"
#include "ingest/kafka_consumer.h"
#include "pipeline/checkpoint_control.h"
#include "pipeline/counters.h"
#include "pipeline/epoch_coordinator.h"
#include "pipeline/log_marks.h"
#include "pipeline/progress_board.h"
#include "pipeline/snapshot_shelf.h"
#include "pipeline/start_position.h"
#include "pipeline/stop_cause.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Partitions come and go: finds where each begins and its users, and has the shards take it up or put it
// down. Users of partitions that go are kept in memory; when a partition comes back and nobody else has
// committed it since, it goes on where it stood. Control thread only, from the consumer's callbacks.
class Rebalancer {
 public:
  struct Counters {
    Counter log_gaps;      // topic-partitions whose log began after what we had applied, or is another one
    Counter lost_records;  // offsets gone in these gaps, where the log is still the same one
    Counter cold_starts;
    Counter loaded;  // partitions whose users came from a snapshot
    Counter kept;    // partitions that came back while their users stood in memory
  };

  // `publisher` is told which positions of what is shown count. `stop_wanted` ends all waiting, during which
  // `show_life` is called. `stop` is called when the service must not go on.
  Rebalancer(const config::Options& options, ingest::KafkaConsumer& consumer, EpochCoordinator& coordinator,
             CheckpointControl& checkpoints, sink::ListPublisher& publisher, SnapshotShelf& shelf,
             const ProgressBoard& board, LogMarks& marks, const std::atomic<bool>& stop_wanted,
             std::function<void()> show_life, std::function<void(StopCause)> stop);

  void on_assigned(const std::vector<TopicPartition>& partitions);
  // Drains, publishes, snapshots, commits; all within limits.shutdown.
  void on_revoked(const std::vector<TopicPartition>& partitions);
  // Neither commits nor publishes.
  void on_lost(const std::vector<TopicPartition>& partitions);
  // The log no longer has what comes next.
  void on_offset_lost(const TopicPartition& partition);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] bool ever_assigned() const { return ever_assigned_; }
  // Whether the group has given this instance its share, which may be none. False between giving partitions
  // up, or losing them, and being given the next. Any thread.
  [[nodiscard]] bool is_member() const { return is_member_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Committed = std::map<TopicPartition, ingest::CommittedOffset>;

  // Asks until there is an answer; nothing if the service is to stop.
  template <typename Ask>
  [[nodiscard]] auto insist(Ask ask) -> decltype(ask());

  // Adds the partition's assignment to the plan. False: the service stops instead.
  [[nodiscard]] bool plan_partition(PartitionId id, const std::vector<TopicPartition>& topics,
                                    const Committed& committed, BoundaryPlan& plan);
  [[nodiscard]] bool can_keep(const std::vector<TopicPartition>& topics, const Committed& committed) const;
  // Where the frontier of a snapshot, or of memory, stood, and what was known of its log.
  struct Frontier {
    Offset offset{};
    LogMark log;
  };
  [[nodiscard]] std::optional<Frontier> find_frontier(const TopicPartition& partition, bool keep,
                                                      const sink::Snapshot* snapshot) const;
  [[nodiscard]] std::optional<StartPosition> find_start(const TopicPartition& partition,
                                                        const std::optional<Frontier>& frontier,
                                                        const Committed& committed);
  [[nodiscard]] std::optional<Offset> start_without_snapshot(const TopicPartition& partition,
                                                             const ingest::Watermarks& log);
  // Before lists of the partition may be made.
  void tell_publisher(const TopicPartition& partition, const StartPosition& position,
                      const ingest::Watermarks& log);
  // Counts; false if the policy is to stop.
  [[nodiscard]] bool accept_gap(const TopicPartition& partition, const StartPosition& position);

  const config::Options& options_;
  ingest::KafkaConsumer& consumer_;
  EpochCoordinator& coordinator_;
  CheckpointControl& checkpoints_;
  sink::ListPublisher& publisher_;
  SnapshotShelf& shelf_;
  const ProgressBoard& board_;
  LogMarks& marks_;
  std::map<std::string, std::string> topic_ids_;  // of the assignment that is being taken up
  const std::atomic<bool>& stop_wanted_;
  std::function<void()> show_life_;
  std::function<void(StopCause)> stop_;
  Counters counters_;
  std::atomic<bool> ever_assigned_{false};
  std::atomic<bool> is_member_{false};
};

}  // namespace sluice::pipeline

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/options.h"
#include "ingest/dead_letters.h"
#include "ingest/kafka_consumer.h"
#include "ingest/kafka_watch.h"
#include "model/model.h"
#include "pipeline/bad_share_guard.h"
#include "pipeline/checkpoint_control.h"
#include "pipeline/checkpointer.h"
#include "pipeline/control_feed.h"
#include "pipeline/epoch_coordinator.h"
#include "pipeline/freshness_histogram.h"
#include "pipeline/hidden_items.h"
#include "pipeline/link_report.h"
#include "pipeline/log_marks.h"
#include "pipeline/progress_board.h"
#include "pipeline/rebalancer.h"
#include "pipeline/shard_worker.h"
#include "pipeline/short_lists.h"
#include "pipeline/snapshot_shelf.h"
#include "pipeline/status_report.h"
#include "pipeline/stop_cause.h"
#include "sink/file_system.h"
#include "sink/http_server.h"
#include "sink/list_publisher.h"
#include "sink/snapshot_file.h"
#include "sink/status_publisher.h"

namespace sluice::pipeline {

// The whole service: a consumer group member that learns, keeps lists fresh and takes snapshots.
//
// Threads: the caller of run() is the control thread (group, snapshots, commits, shutdown); one thread for
// each shard; one that writes snapshots; one that reports; those of the publishers and of librdkafka.
class Service {
 public:
  Service(const config::Options& options, std::string version);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  // Starts, works until it is asked to stop or must, and ends in good order: what lies in memory is learned,
  // published, snapshotted and committed, all within limits.shutdown. Once.
  [[nodiscard]] StopCause run();

  // Any thread, and signal handlers: a store to a lock-free atomic.
  void request_stop() { stop_wanted_ = true; }

  // The latest status. Any thread.
  [[nodiscard]] sink::StatusFields status() const;
  // Next offset to be applied of each topic-partition. Any thread, during run().
  [[nodiscard]] ingest::Offsets applied() const { return board_.applied(ProgressBoard::Which::active); }

 private:
  using Clock = std::chrono::steady_clock;

  // False: the cause is noted.
  [[nodiscard]] bool lock_folder();
  [[nodiscard]] bool restore();
  void read_meta(const sink::Snapshot& snapshot);
  void describe(sink::Snapshot& snapshot) const;
  void start();
  void connect();
  void start_shards();
  [[nodiscard]] bool serve_http();
  [[nodiscard]] sink::HttpHandlers::Health health() const;
  [[nodiscard]] sink::HttpHandlers::Health readiness() const;
  // The latest status with the state of this moment; and that as a JSON object.
  [[nodiscard]] sink::StatusFields status_now() const;
  [[nodiscard]] std::string status_text() const;
  // The control thread is not stuck, though it may wait for Kafka.
  void show_life();
  // Has the log say what changed about Kafka and Redis. Reporter.
  void tell_links();
  void control_turn();
  void watch_for_trouble();
  void handle_lost_offsets();
  void shut_down();
  // Shards that have not ended by the deadline are sent home from where they meet next.
  void join_shards(Clock::time_point deadline);
  void report_until(const std::stop_token& stop);
  void report();
  // The first cause counts.
  void stop_because(StopCause cause);

  const config::Options options_;
  const std::string version_;
  const int shard_count_;
  const std::int64_t started_at_ms_;
  std::atomic<bool> stop_wanted_{false};
  std::atomic<std::int64_t> restored_at_ms_{0};
  std::atomic<ServiceState> state_{ServiceState::starting};
  std::mutex cause_mutex_;
  std::optional<StopCause> cause_;

  // What the shards share.
  sink::FileSystem& files_;
  std::optional<sink::SnapshotLock> folder_lock_;
  FreshnessHistogram freshness_;
  std::atomic<std::uint64_t> data_losses_{0};
  ProgressBoard board_;
  LogMarks marks_;
  BadShareGuard guard_;
  HiddenItems hidden_;
  ShortLists short_lists_;
  CarriedCounts carried_;
  std::mutex lost_mutex_;
  std::vector<TopicPartition> lost_offsets_;

  // In the order in which they need each other; built by start().
  model::Model model_;
  std::unique_ptr<ingest::DeadLetterSink> dead_letters_;
  std::unique_ptr<sink::ListPublisher> publisher_;
  std::unique_ptr<sink::StatusPublisher> status_publisher_;
  std::unique_ptr<ingest::KafkaConsumer> consumer_;
  std::unique_ptr<ingest::KafkaWatch> kafka_watch_;
  std::unique_ptr<ControlFeed> controls_;  // null without kafka.control_topic
  std::unique_ptr<EpochCoordinator> coordinator_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<CheckpointControl> checkpoints_;
  std::unique_ptr<SnapshotShelf> shelf_;
  std::unique_ptr<Rebalancer> rebalancer_;
  std::vector<std::unique_ptr<ShardWorker>> shards_;
  std::vector<std::thread> shard_threads_;
  std::atomic<int> shards_running_{0};

  mutable std::mutex status_mutex_;
  sink::StatusFields status_;
  std::atomic<std::int64_t> control_turn_at_ms_{0};  // steady clock: the control thread was alive then
  std::mutex reporter_mutex_;
  std::condition_variable_any reporter_wake_;
  LinkReport links_;
  std::unique_ptr<StatusReport> report_;
  std::jthread reporter_;
  std::unique_ptr<sink::HttpServer> http_;  // last: it reads what the reporter leaves
};

}  // namespace sluice::pipeline

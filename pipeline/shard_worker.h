#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "config/options.h"
#include "ingest/dead_letters.h"
#include "ingest/kafka_consumer.h"
#include "model/model.h"
#include "pipeline/bad_share_guard.h"
#include "pipeline/counters.h"
#include "pipeline/epoch_coordinator.h"
#include "pipeline/event_applier.h"
#include "pipeline/hidden_items.h"
#include "pipeline/hidden_sweep.h"
#include "pipeline/list_search.h"
#include "pipeline/live_quality.h"
#include "pipeline/progress_board.h"
#include "pipeline/short_lists.h"
#include "pipeline/user_ranker.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// What all shards of a service use. The referents outlive the shards.
struct ShardEnvironment {
  const config::Options& options;
  model::Model& model;
  ingest::KafkaConsumer& consumer;
  sink::ListPublisher& publisher;
  ingest::DeadLetterSink& dead_letters;
  HiddenItems& hidden;
  ShortLists& short_lists;
  EpochCoordinator& coordinator;
  ProgressBoard& board;
  BadShareGuard& guard;
  // Redis lost its data that often; every change has all lists written again.
  const std::atomic<std::uint64_t>& data_losses;
  // Something only the control thread can deal with. Any thread.
  std::function<void(const TopicPartition&)> on_offset_lost;
  std::function<void()> on_nearly_all_bad;
};

// One shard: its partitions, its thread's loop. Learns and ranks by turns, and goes to the boundary when it
// is asked for or when its own part of the epoch is over. run() is the thread; everything else but counters()
// is run()'s.
class ShardWorker {
 public:
  ShardWorker(const ShardEnvironment& environment, int shard);

  // Until a plan says stop, or another shard died. An exception is told to the coordinator, which ends all.
  void run();

  [[nodiscard]] const ShardCounters& counters() const { return counters_; }

 private:
  using Clock = std::chrono::steady_clock;

  void loop();
  // One turn of learning. Records that lie there are taken first; else waits for some.
  void consume();
  void poll();
  void apply_batch();
  [[nodiscard]] bool apply_record(std::size_t index);
  void close_groups();
  [[nodiscard]] std::chrono::milliseconds idle_wait() const;
  [[nodiscard]] Clock::time_point boundary_wanted_at() const;
  void rank(Clock::duration learned_for);
  void after_learning();
  // Redis came back without its data, or with older data.
  void make_up_for_loss();
  // It may still have lists of users who were erased.
  void erase_again(ShardPartition& partition) const;
  void apply_hidden();
  void sweep_hidden();
  void settle_hidden();

  // The boundary. False: end.
  [[nodiscard]] bool take_part();
  void rank_moved_users();
  // Some of the few items that are known are not common yet: lists made now would go without them.
  [[nodiscard]] bool items_come_first() const;
  void prepare(const BoundaryPlan& plan);
  void carry_out(const EpochCoordinator::Plan& plan);
  void begin_saving(const EpochCoordinator::Plan& plan);
  // After so long spent on other things: puts more of the cut down, the less the more lists wait.
  void save(Clock::duration worked);
  // The same, at most that long and a little. False: there is none under way.
  bool save_some(Clock::duration at_most);
  void hand_over_cut();
  void park(PartitionId id);
  void drop(PartitionId id);
  void assign(PartitionId id, const Assignment& assignment, BoundaryPlan& plan);
  [[nodiscard]] bool load(ShardPartition& partition, const Assignment& assignment);
  void set_frontier(ShardPartition& partition, std::size_t topic, Offset from);

  [[nodiscard]] bool owns(PartitionId id) const;
  // Null if the shard does not hold it.
  [[nodiscard]] ShardPartition* find(PartitionId id) const;

  ShardEnvironment env_;
  const int number_;
  model::Shard& shard_;
  ShardCounters counters_;
  LiveQuality quality_;
  EventApplier applier_;
  UserRanker ranker_;
  HiddenSweep sweep_;
  ListSearch search_;
  UserRanker::Partitions partitions_;  // at [partition / shards]; null: not held

  ingest::RecordBatch batch_;
  std::size_t batch_at_ = 0;  // records before it are done
  bool batch_was_full_ = false;
  bool held_ = false;  // the record at batch_at_ waits for room among the dead letters or for a boundary
  // What is left of the batch for these comes from before their frontier was set anew: it will be read again.
  std::vector<PartitionId> void_partitions_;
  bool learned_ = false;               // since the last boundary
  EpochCoordinator::Plan saving_;      // with a cut of which this shard's part is not whole yet, or null
  Clock::duration longest_saving_{0};  // at a time, of that cut
  Clock::time_point boundary_at_ = Clock::now();
  Clock::time_point looked_around_at_{};
  Clock::duration ranking_owed_{0};  // of the time spent on learning while behind
  bool lists_wait_ = false;          // after the latest turn of ranking
  Clock::duration saving_owed_{0};   // of the time spent on other things while they do
  std::uint64_t data_losses_seen_ = 0;
  std::size_t hidden_seen_ = 0;
  bool was_assigned_ = false;  // before that no list is known
};

}  // namespace sluice::pipeline

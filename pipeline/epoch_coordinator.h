#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/options.h"
#include "ingest/dead_letters.h"
#include "model/model.h"
#include "pipeline/boundary_plan.h"
#include "pipeline/counters.h"
#include "pipeline/epoch_barrier.h"
#include "pipeline/live_quality.h"
#include "pipeline/progress_board.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Runs epoch boundaries: the shards meet, item state is merged, and the control thread's plan is carried out
// while everybody stands. The boundary, as each shard's thread goes through it:
//
//   arrive() ... all_arrived()       small pieces of other work until all are there
//   begin()                          meet; what plan there is, if any
//   [plan]  the shard's first part, then prepared(): meet
//   merge()                          the slices side by side, then meet
//   [plan]  the shard's second part, then finish(): meet; the control thread is told
//
// Each of begin(), prepared(), merge() and finish() returns false if a shard died: the caller ends.
class EpochCoordinator {
 public:
  using Plan = std::shared_ptr<BoundaryPlan>;

  // `wake_shards` makes shards that wait for records return early; any thread. `describe` adds to a cut
  // what the shards do not know; called while they stand.
  EpochCoordinator(const config::Options& options, model::Model& model, sink::ListPublisher& publisher,
                   ingest::DeadLetterSink& dead_letters, const ProgressBoard& board,
                   std::function<void()> wake_shards, std::function<void(sink::Snapshot&)> describe);

  // Any thread.
  void request();
  [[nodiscard]] bool requested() const { return barrier_.requested(); }

  // Control thread. The plan is carried out at the next boundary; plans follow one another in order.
  void submit(Plan plan);

  // Shards. `learned`: something since the last boundary that lists and statistics may show.
  void arrive(bool learned) {
    if (learned) learned_ = true;
    barrier_.arrive();
  }
  [[nodiscard]] bool all_arrived(std::chrono::microseconds at_most) { return barrier_.all_arrived(at_most); }
  [[nodiscard]] bool begin();
  [[nodiscard]] bool prepared();
  [[nodiscard]] bool merge(int shard);
  [[nodiscard]] bool finish();
  // Of the boundary under way, between begin() and finish(); may be null.
  [[nodiscard]] const Plan& plan() const { return plan_; }
  // What is published for everybody; changes only at boundaries.
  [[nodiscard]] const CommonLists& common() const { return common_; }
  // When a boundary is to follow, though no event may come: something was learned that they do not show yet,
  // because they were made anew a moment ago, or readers are shown newer ones. The end of time if they show
  // all. Changes only at boundaries.
  [[nodiscard]] std::chrono::steady_clock::time_point common_wanted_at() const;
  // Makes popular and live lists anew at the next boundary, as an item must go from them. Any thread.
  void hurry_common() { common_is_urgent_ = true; }

  // A shard's thread died of an exception: all others end. Any thread.
  void abort(std::string why);
  // Why; empty if nobody died. Any thread.
  [[nodiscard]] std::string failure() const;

  // Any thread.
  [[nodiscard]] model::Stats stats() const;
  [[nodiscard]] Epoch epoch() const { return Epoch{epoch_.load(std::memory_order_relaxed)}; }
  [[nodiscard]] std::uint64_t boundaries() const { return boundaries_.get(); }

  // Ranks the popular list and the live lists and notes the statistics. Before the shards start, or at a
  // boundary.
  void refresh_common();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] Clock::time_point popular_wanted_at() const;
  [[nodiscard]] Clock::time_point live_wanted_at() const;
  void take_plan();
  void after_merge();
  void take_cut();
  void refresh_popular();
  void refresh_live();
  // Whether popular and live lists may be written now; if not, those of before are not written again either.
  [[nodiscard]] bool claim_common();
  [[nodiscard]] Timestamp stream_time() const;

  const config::Options& options_;
  model::Model& model_;
  sink::ListPublisher& publisher_;
  ingest::DeadLetterSink& dead_letters_;
  const ProgressBoard& board_;
  std::function<void()> wake_shards_;
  std::function<void(sink::Snapshot&)> describe_;
  EpochBarrier barrier_;

  mutable std::mutex mutex_;  // for the next three
  std::vector<Plan> waiting_;
  std::string failure_;
  model::Stats stats_;

  // Written by one shard while all others stand.
  Plan plan_;
  Clock::time_point stopped_at_{};
  Clock::time_point popular_refreshed_at_{};
  Clock::time_point live_refreshed_at_{};
  bool popular_is_behind_ = false;
  bool live_is_behind_ = false;
  bool popular_waits_ = false;  // the latest was not to be written yet
  bool live_waits_ = false;
  CommonLists common_;
  model::RankedList popular_list_;
  std::array<model::LiveRanking, model::kContexts> live_lists_;

  std::atomic<bool> learned_{false};
  std::atomic<bool> common_is_urgent_{false};
  std::atomic<std::uint64_t> epoch_{0};
  Counter boundaries_;
};

}  // namespace sluice::pipeline

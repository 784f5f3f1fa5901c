#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/options.h"
#include "ingest/kafka_consumer.h"
#include "pipeline/checkpointer.h"
#include "pipeline/epoch_coordinator.h"
#include "pipeline/log_marks.h"
#include "pipeline/progress_board.h"

namespace sluice::pipeline {

// The control thread's side of checkpoints: when one is due, what goes with it, and the commit that follows
// when it is durable, of partitions that are still ours and no others. Control thread only.
class CheckpointControl {
 public:
  using Clock = std::chrono::steady_clock;
  CheckpointControl(const config::Options& options, ingest::KafkaConsumer& consumer,
                    EpochCoordinator& coordinator, Checkpointer& checkpointer, const ProgressBoard& board,
                    const LogMarks& marks);

  // Hands the plan to the shards and waits until it is done. False: a shard died, or the deadline came first.
  [[nodiscard]] bool carry_out(const EpochCoordinator::Plan& plan, Clock::time_point deadline);
  enum class Reached : std::uint8_t {
    nothing,  // the plan may still have been carried out
    durable,  // the snapshot is safe, its commit is not confirmed: a start from it is right all the same
    committed,
  };
  // Carries out a plan with a cut, at once, and sees its snapshot through, as far as it comes by the
  // deadline. It takes the place of a cut that is under way.
  Reached checkpoint_by(const EpochCoordinator::Plan& plan, Clock::time_point deadline);

  // Whenever the control thread comes by: takes a cut if one is due and none under way, has one that is whole
  // saved, commits what has become durable.
  void tick();
  // The next tick takes a cut.
  void make_due() { due_at_ = Clock::now(); }

  // What this process commits bears a token that begins so: nobody else has committed a partition since.
  [[nodiscard]] const std::string& token_prefix() const { return token_prefix_; }

 private:
  void save(BoundaryPlan& plan);
  // Of the partitions in `ours` and no others.
  void commit_durable(const ingest::Offsets& ours);
  // What failed, while all that is applied is durable.
  void commit_again();

  const config::Options& options_;
  ingest::KafkaConsumer& consumer_;
  EpochCoordinator& coordinator_;
  Checkpointer& checkpointer_;
  const ProgressBoard& board_;
  const LogMarks& marks_;
  std::string token_prefix_;
  std::string token_;  // of the latest commit
  Clock::time_point due_at_;
  EpochCoordinator::Plan under_way_;  // with a cut that the shards are putting down, or null
  ingest::Offsets durable_;           // of the latest durable snapshot
  std::uint64_t marks_cut_ = 0;       // marks_.changes() before the latest cut
  std::uint64_t marks_durable_ = 0;   // and before the latest durable one
};

}  // namespace sluice::pipeline

#include "pipeline/checkpoint_control.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <utility>

#include "common/clock.h"
#include "pipeline/snapshot_age.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDoneLook{50};
constexpr milliseconds kCommitPatience{3000};

}  // namespace

CheckpointControl::CheckpointControl(const config::Options& options, ingest::KafkaConsumer& consumer,
                                     EpochCoordinator& coordinator, Checkpointer& checkpointer,
                                     const ProgressBoard& board, const LogMarks& marks)
    : options_(options),
      consumer_(consumer),
      coordinator_(coordinator),
      checkpointer_(checkpointer),
      board_(board),
      marks_(marks),
      token_prefix_(options.instance + ":" + std::to_string(to_unix_ms(wall_now())) + ":" +
                    std::to_string(getpid()) + ":"),
      due_at_(Clock::now() + options.snapshot.interval) {}

bool CheckpointControl::carry_out(const EpochCoordinator::Plan& plan, Clock::time_point deadline) {
  if (plan->cut) marks_cut_ = marks_.changes();
  std::future<void> done = plan->done.get_future();
  coordinator_.submit(plan);
  while (done.wait_for(std::min(kDoneLook, left_until(deadline))) != std::future_status::ready) {
    if (!coordinator_.failure().empty() || Clock::now() >= deadline) return false;
  }
  return true;
}

CheckpointControl::Reached CheckpointControl::checkpoint_by(const EpochCoordinator::Plan& plan,
                                                            Clock::time_point deadline) {
  under_way_ = nullptr;
  plan->cut_at_once = true;
  // A cut that is being written is older than the one to come: let it be done first. If its dead letters keep
  // it waiting, the shards need not wait with it.
  checkpointer_.wait_idle(left_until(deadline) / 2);
  const ingest::Offsets ours = board_.applied(ProgressBoard::Which::active);  // the plan may park them
  if (!carry_out(plan, deadline) || !checkpointer_.wait_idle(left_until(deadline))) return Reached::nothing;
  save(*plan);
  if (!checkpointer_.wait_idle(left_until(deadline))) return Reached::nothing;
  commit_durable(ours);
  if (durable_ != plan->result.snapshot.applied) return Reached::nothing;
  const milliseconds patience = std::min(kCommitPatience, left_until(deadline));
  return consumer_.serve_commits(patience) ? Reached::committed : Reached::durable;
}

void CheckpointControl::tick() {
  if (under_way_ && under_way_->whole()) save(*std::exchange(under_way_, nullptr));
  commit_durable(board_.applied(ProgressBoard::Which::active));
  if (Clock::now() < due_at_ || under_way_ || !checkpointer_.idle()) return;
  due_at_ = Clock::now() + options_.snapshot.interval;
  const ingest::Offsets applied = board_.applied(ProgressBoard::Which::all);
  if (holds_everything(durable_, applied) && (applied.empty() || marks_.changes() == marks_durable_)) {
    commit_again();
    return;
  }
  const auto plan = std::make_shared<BoundaryPlan>();
  plan->cut = true;
  if (carry_out(plan, Clock::time_point::max())) under_way_ = plan;
}

void CheckpointControl::save(BoundaryPlan& plan) {
  sink::Snapshot& snapshot = plan.result.snapshot;
  if (snapshot.applied.empty())
    return;  // without partitions there is nothing that a restart could go on from
  snapshot.instance = options_.instance;
  snapshot.made_ms = to_unix_ms(wall_now());
  const ingest::Offsets applied = snapshot.applied;
  Cut cut = std::move(plan.result);
  snapshot.applied = applied;
  checkpointer_.submit(std::move(cut));
}

void CheckpointControl::commit_durable(const ingest::Offsets& ours) {
  const auto durable = checkpointer_.take_durable();
  if (!durable) return;
  durable_ = durable->applied;
  marks_durable_ = marks_cut_;
  ingest::Offsets commit;
  for (const auto& [partition, applied] : durable->applied) {
    if (ours.contains(partition)) commit[partition] = applied;
  }
  token_ = token_prefix_ + std::to_string(static_cast<std::uint64_t>(durable->epoch));
  consumer_.commit(commit, token_);
}

// Where nothing new comes, no later commit makes up for one that failed.
void CheckpointControl::commit_again() {
  const ingest::Offsets committed = consumer_.committed();
  const ingest::Offsets ours = board_.applied(ProgressBoard::Which::active);
  ingest::Offsets missing;
  for (const auto& [partition, offset] : durable_) {
    const auto known = committed.find(partition);
    const bool there = known != committed.end() && known->second == offset;
    if (!there && ours.contains(partition)) missing[partition] = offset;
  }
  consumer_.commit(missing, token_);
}

}  // namespace sluice::pipeline

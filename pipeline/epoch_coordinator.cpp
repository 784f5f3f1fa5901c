#include "pipeline/epoch_coordinator.h"

#include <algorithm>
#include <utility>

#include "pipeline/list_conversion.h"

namespace sluice::pipeline {
namespace {

// How soon popular and live lists are made again that could not be written, as newer ones are shown.
constexpr std::chrono::milliseconds kLookAgain{1000};

}  // namespace

EpochCoordinator::EpochCoordinator(const config::Options& options, model::Model& model,
                                   sink::ListPublisher& publisher, ingest::DeadLetterSink& dead_letters,
                                   const ProgressBoard& board, std::function<void()> wake_shards,
                                   std::function<void(sink::Snapshot&)> describe)
    : options_(options),
      model_(model),
      publisher_(publisher),
      dead_letters_(dead_letters),
      board_(board),
      wake_shards_(std::move(wake_shards)),
      describe_(std::move(describe)),
      barrier_(model.shards()) {}

void EpochCoordinator::request() {
  if (barrier_.request()) wake_shards_();
}

void EpochCoordinator::submit(Plan plan) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(plan));
  }
  request();
}

bool EpochCoordinator::begin() {
  return barrier_.meet([this] {
    barrier_.begin_boundary();
    stopped_at_ = Clock::now();
    take_plan();
    if (!plan_) model_.merge_begin();
  });
}

bool EpochCoordinator::prepared() {
  return barrier_.meet([this] {
    stopped_at_ = Clock::now();
    model_.merge_begin();
  });
}

bool EpochCoordinator::merge(int shard) {
  model_.merge_slice(shard);
  return barrier_.meet([this] {
    model_.merge_end();
    after_merge();
  });
}

bool EpochCoordinator::finish() {
  return barrier_.meet([this] {
    const Plan plan = std::exchange(plan_, nullptr);
    {
      const std::lock_guard lock(plan->mutex);
      const auto stood = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - stopped_at_);
      plan->result.stall = std::max(plan->result.stall, stood);
    }
    if (plan->changes_partitions()) {  // only now: the lists of this boundary were made before
      popular_is_behind_ = live_is_behind_ = true;
      popular_refreshed_at_ = live_refreshed_at_ = {};
    }
    plan->done.set_value();
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty()) request();
  });
}

void EpochCoordinator::abort(std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = std::move(why);
  }
  barrier_.abort();
  request();
}

std::string EpochCoordinator::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

model::Stats EpochCoordinator::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void EpochCoordinator::take_plan() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  plan_ = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
}

void EpochCoordinator::after_merge() {
  boundaries_.add();
  epoch_ = static_cast<std::uint64_t>(model_.epoch());
  const bool urgent = common_is_urgent_.exchange(false);
  if (learned_.exchange(false) || urgent || plan_) {
    popular_is_behind_ = true;
    live_is_behind_ = true;
  }
  const Clock::time_point now = Clock::now();
  if (urgent || now >= popular_wanted_at()) refresh_popular();
  if (urgent || now >= live_wanted_at()) refresh_live();
  if (plan_ && plan_->cut) take_cut();
  if (!plan_) return;
  if (plan_->users_may_move) model_.expect_moves();
  for (const auto& [id, assignment] : plan_->assign) {
    if (!assignment.users.empty()) model_.know_items(assignment.users);
  }
}

void EpochCoordinator::take_cut() {
  plan_->result.items = model_.begin_cut();
  plan_->shards_saving = model_.shards();
  plan_->result.snapshot.epoch = model_.epoch();
  describe_(plan_->result.snapshot);
  // No letter can be sent while the shards stand, so these are the ones below the cut's offsets.
  plan_->result.dead_letters_sent = dead_letters_.sent();
}

EpochCoordinator::Clock::time_point EpochCoordinator::popular_wanted_at() const {
  if (!popular_is_behind_) return Clock::time_point::max();
  const auto interval = options_.publish.popular_interval;
  return popular_refreshed_at_ + (popular_waits_ ? std::min(interval, kLookAgain) : interval);
}

EpochCoordinator::Clock::time_point EpochCoordinator::live_wanted_at() const {
  if (!live_is_behind_) return Clock::time_point::max();
  const auto interval = options_.publish.live_interval;
  return live_refreshed_at_ + (live_waits_ ? std::min(interval, kLookAgain) : interval);
}

std::chrono::steady_clock::time_point EpochCoordinator::common_wanted_at() const {
  return std::min(popular_wanted_at(), live_wanted_at());
}

void EpochCoordinator::refresh_common() {
  refresh_popular();
  refresh_live();
}

Timestamp EpochCoordinator::stream_time() const {
  Timestamp now{};
  for (int i = 0; i < model_.shards(); ++i) now = std::max(now, model_.shard(i).stream_time());
  return now;
}

bool EpochCoordinator::claim_common() {
  if (publisher_.shown().claim_all(board_.applied(ProgressBoard::Which::active))) return true;
  publisher_.withdraw_common();
  return false;
}

void EpochCoordinator::refresh_popular() {
  popular_refreshed_at_ = Clock::now();
  const std::size_t entries = options_.ranking.list_size + options_.ranking.spare_entries;
  const std::size_t kept = options_.publish.kept_entries;
  model_.shard(0).rank_unknown(stream_time(), entries, popular_list_, kept);
  common_.popular = model::LiveDocument(popular_list_);
  popular_waits_ = popular_is_behind_ = !claim_common();
  if (!popular_waits_) publisher_.set_popular(to_list(popular_list_, model_, PartitionId{-1}, kept > 0));
  const std::lock_guard lock(mutex_);
  stats_ = model_.stats();
}

void EpochCoordinator::refresh_live() {
  live_refreshed_at_ = Clock::now();
  live_is_behind_ = false;
  if (options_.publish.live_entries == 0) return;
  const Timestamp now = stream_time();
  model_.shard(0).rank_live(now, options_.publish.live_entries, live_lists_);
  common_.live = model::LiveLists(live_lists_);
  live_waits_ = live_is_behind_ = !claim_common();
  if (live_waits_) return;
  for (std::uint32_t context = 0; context < model::kContexts; ++context) {
    publisher_.set_live(to_live_list(live_lists_[context], context, model_.epoch(), now));
  }
}

}  // namespace sluice::pipeline

#include "pipeline/shard_worker.h"

#include <algorithm>
#include <exception>
#include <set>
#include <thread>
#include <utility>

#include "common/clock.h"

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBatch = 512;
// How many records may pass before the shard looks whether the others wait for it.
constexpr std::size_t kStride = 32;
// A poll that waits no longer than this keeps the epoch's end and new plans prompt.
constexpr milliseconds kLongestWait{10};
// While records wait, ranking gets this share of the time that learning takes; lag is bounded first.
constexpr double kRankingShareBehind = 0.25;
// Else so long at a time, that new records are seen soon.
constexpr milliseconds kRankingTurn{2};
// So long at a time lists are asked to lose what was hidden.
constexpr std::chrono::microseconds kSweepTurn{500};
// Pieces of other work while the shard waits for the rest of them.
constexpr std::chrono::microseconds kWaitPiece{200};
// So long at a time a cut is put down, between batches and when there is nothing else to do, looking at the
// clock after so many bytes; while lists wait, in this share of the time.
constexpr milliseconds kSavingTurn{1};
constexpr double kSavingShareBehind = 0.1;
constexpr std::size_t kSavingStride = std::size_t{64} << 10;
// How often is looked whether lists still hold what was hidden.
constexpr milliseconds kLookAround{200};
// Until a record is tried again whose dead letter found no room.
constexpr milliseconds kHeldPause{1};

}  // namespace

ShardWorker::ShardWorker(const ShardEnvironment& environment, int shard)
    : env_(environment),
      number_(shard),
      shard_(environment.model.shard(shard)),
      quality_(counters_),
      applier_(env_.options, shard_, env_.publisher, env_.dead_letters, env_.hidden, counters_, quality_,
               env_.coordinator.common()),
      ranker_(env_.options, env_.model, shard, env_.publisher, counters_, quality_),
      sweep_(env_.options, shard_, env_.publisher),
      search_(shard_, env_.publisher) {}

void ShardWorker::run() {
  try {
    loop();
  } catch (const std::exception& error) {
    env_.coordinator.abort("shard " + std::to_string(number_) + ": " + error.what());
  }
  batch_.clear();  // a record that lives keeps the consumer from closing
}

void ShardWorker::loop() {
  while (true) {
    const Clock::time_point start = Clock::now();
    consume();
    rank(Clock::now() - start);
    save(Clock::now() - start);
    if (Clock::now() >= boundary_wanted_at()) env_.coordinator.request();
    if (env_.coordinator.requested() && !take_part()) return;
  }
}

void ShardWorker::consume() {
  if (batch_at_ == batch_.size()) poll();
  apply_batch();
  after_learning();
  if (held_) std::this_thread::sleep_for(kHeldPause);
}

void ShardWorker::poll() {
  batch_at_ = 0;
  void_partitions_.clear();
  env_.consumer.poll(number_, batch_, kBatch, idle_wait());
  batch_was_full_ = batch_.size() == kBatch;
  // Whatever belongs to an open group would be here by now.
  if (batch_.size() == 0) close_groups();
}

void ShardWorker::apply_batch() {
  held_ = false;
  while (batch_at_ < batch_.size()) {
    held_ = !apply_record(batch_at_);
    if (held_) return;
    ++batch_at_;
    if (shard_.wants_merge()) env_.coordinator.request();
    if (batch_at_ % kStride == 0 && env_.coordinator.requested()) return;
  }
}

bool ShardWorker::apply_record(std::size_t index) {
  using Kind = ingest::Record::Kind;
  const ingest::Record record = batch_.at(index, env_.options.kafka.topics);
  applier_.read(batch_, index);
  ShardPartition* const partition = find(record.partition);
  const bool ours = partition != nullptr && partition->active && record.topic < partition->topics.size() &&
                    partition->topics[record.topic].has_value() &&
                    std::ranges::find(void_partitions_, record.partition) == void_partitions_.end();
  if (!ours) {
    if (record.kind == Kind::event) counters_.stale.add();
    return true;
  }
  switch (record.kind) {
    case Kind::event:
      return applier_.apply(*partition, record, batch_, index);
    case Kind::end_of_partition:
      if (!applier_.close_group(*partition)) return false;
      partition->topics[record.topic]->frontier.reach(record.offset);
      return true;
    case Kind::offset_lost:
      env_.on_offset_lost({env_.options.kafka.topics[record.topic], record.partition});
      return true;
    case Kind::error:
      env_.consumer.count_error(env_.options.kafka.topics[record.topic] + "/" +
                                std::to_string(static_cast<std::int32_t>(record.partition)) + ": " +
                                std::string(record.payload));
      return true;
  }
  return true;
}

void ShardWorker::close_groups() {
  for (const auto& partition : partitions_) {
    if (partition) (void)applier_.close_group(*partition);  // else it is closed after the next boundary
  }
}

milliseconds ShardWorker::idle_wait() const {
  if (env_.coordinator.requested() || saving_) return milliseconds{0};
  if (HiddenSweep::waiting(partitions_) > 0) return milliseconds{1};
  Clock::time_point until = ranker_.next_due(partitions_);
  until = std::min(until, boundary_wanted_at());
  const Clock::time_point now = Clock::now();
  if (until >= now + kLongestWait) return kLongestWait;
  // Never zero: what is due and was not done just now waits for something else, as the publisher's queue.
  return std::max(milliseconds{1}, std::chrono::ceil<milliseconds>(until - now));
}

// The end of time if there is nothing to end an epoch for.
auto ShardWorker::boundary_wanted_at() const -> Clock::time_point {
  const Clock::time_point soonest = boundary_at_ + env_.options.epoch.max_wait;
  return learned_ ? soonest : std::max(soonest, env_.coordinator.common_wanted_at());
}

void ShardWorker::after_learning() {
  if (applier_.take_learned()) learned_ = true;
  if (applier_.take_wants_boundary()) env_.coordinator.request();
  const auto judged = applier_.take_judged();
  if (env_.guard.add(judged.records, judged.bad)) env_.on_nearly_all_bad();
  // Before the progress: whoever sees that all is applied then sees also what waits to be ranked for it.
  ranker_.show_levels(partitions_);
  for (const auto& partition : partitions_) {
    if (partition) partition->show_progress();
  }
}

void ShardWorker::apply_hidden() {
  if (env_.hidden.changes() == hidden_seen_) return;
  std::set<std::string> hidden;
  for (const HiddenItems::Change& change : env_.hidden.take(number_)) {
    shard_.set_hidden(change.item, change.hidden);
    if (change.hidden) {
      hidden.insert(change.item);
    } else {
      if (hidden.erase(change.item) == 0) HiddenSweep::show(partitions_, change.item);
      ranker_.expect_more_items();
    }
    ++hidden_seen_;
  }
  sweep_.hide(partitions_, {hidden.begin(), hidden.end()});
  env_.coordinator.hurry_common();
  learned_ = true;  // a boundary is to follow, though no event may come
}

// Too short, or not there, are also lists of which this shard has let go meanwhile, or whose rows others
// took.
void ShardWorker::sweep_hidden() {
  sweep_.run(partitions_, kSweepTurn);
  for (const ShortLists::User& user : env_.short_lists.take(number_)) {
    ShardPartition* const partition = find(user.partition);
    if (partition != nullptr) partition->schedule.republish(user.row);
  }
}

// All lists are without what was hidden until now: a start from the next snapshot need not care.
void ShardWorker::settle_hidden() {
  if (!was_assigned_ || HiddenSweep::waiting(partitions_) > 0 || env_.publisher.leaving_out() > 0) return;
  sweep_hidden();  // what came back too short, and is to be ranked
  const bool ranks = std::ranges::any_of(partitions_, [](const auto& partition) {
    return partition && partition->active && partition->schedule.republish_count() > 0;
  });
  if (!ranks) env_.hidden.settle(number_, hidden_seen_);
}

void ShardWorker::rank(Clock::duration learned_for) {
  apply_hidden();
  const std::uint64_t losses = env_.data_losses.load(std::memory_order_relaxed);
  if (std::exchange(data_losses_seen_, losses) != losses) make_up_for_loss();
  const Clock::time_point start = Clock::now();
  search_.run(partitions_);
  sweep_hidden();
  lists_wait_ = batch_was_full_;
  if (items_come_first()) {
    if (ranker_.next_due(partitions_) <= start) env_.coordinator.request();
  } else if (batch_was_full_) {
    ranking_owed_ += std::chrono::duration_cast<Clock::duration>(learned_for * kRankingShareBehind);
    if (ranking_owed_ > Clock::duration{0}) {
      ranker_.rank_due(partitions_, ranking_owed_);
      ranking_owed_ = std::max<Clock::duration>(ranking_owed_ - (Clock::now() - start), -milliseconds{1});
    }
  } else {
    ranking_owed_ = Clock::duration{0};
    lists_wait_ = ranker_.rank_due(partitions_, kRankingTurn);
  }
  if (start - looked_around_at_ < kLookAround) return;
  looked_around_at_ = start;
  settle_hidden();
  counters_.to_change.set(HiddenSweep::waiting(partitions_));
}

void ShardWorker::make_up_for_loss() {
  for (const auto& partition : partitions_) {
    if (partition && partition->active) erase_again(*partition);
  }
  ranker_.republish_all(partitions_);
}

void ShardWorker::erase_again(ShardPartition& partition) const {
  partition.erased.visit([&](std::string_view user) { env_.publisher.erase_user(user); });
}

bool ShardWorker::take_part() {
  const Clock::time_point start = Clock::now();
  EpochCoordinator& coordinator = env_.coordinator;
  coordinator.arrive(learned_);
  const bool items_first = items_come_first();
  while (!coordinator.all_arrived(std::chrono::microseconds{0})) {
    if (!items_first && ranker_.rank_due(partitions_, kWaitPiece)) continue;
    if (save_some(kWaitPiece)) continue;
    if (coordinator.all_arrived(kWaitPiece)) break;
  }
  if (!coordinator.begin()) return false;
  const EpochCoordinator::Plan plan = coordinator.plan();
  if (plan) {
    prepare(*plan);
    if (!coordinator.prepared()) return false;
  }
  if (!coordinator.merge(number_)) return false;
  rank_moved_users();
  if (plan) {
    carry_out(plan);
    if (!coordinator.finish() || plan->stop) return false;
  }
  learned_ = false;
  if (items_first) ranker_.rank_due(partitions_, kRankingTurn);  // before more is learned
  boundary_at_ = Clock::now();
  counters_.merge_us.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(boundary_at_ - start).count()));
  return true;
}

void ShardWorker::rank_moved_users() {
  for (const model::UserRef user : shard_.take_moved()) {
    ShardPartition* const partition = find(user.partition);
    if (partition != nullptr) partition->schedule.mark_dirty(user.row, Clock::now(), Timestamp{});
  }
}

bool ShardWorker::items_come_first() const {
  return learned_ && env_.model.shards() > 1 &&
         env_.model.items().index.live().size() < env_.options.ranking.list_size;
}

void ShardWorker::prepare(const BoundaryPlan& plan) {
  if (!plan.close_groups) return;
  close_groups();
  after_learning();
}

void ShardWorker::carry_out(const EpochCoordinator::Plan& plan) {
  // Now that new items are known to all.
  if (plan->close_groups) ranker_.rank_all_dirty(partitions_, Clock::now() + plan->rank_at_most);
  if (plan->cut) begin_saving(plan);
  for (const PartitionId id : plan->park) park(id);
  for (const PartitionId id : plan->drop) drop(id);
  for (const auto& [id, assignment] : plan->assign) assign(id, assignment, *plan);
  was_assigned_ = was_assigned_ || !plan->assign.empty();
  for (const auto& [partition, from] : plan->move) {
    ShardPartition* const held = find(partition.partition);
    if (held == nullptr) continue;
    const auto& topics = env_.options.kafka.topics;
    const auto topic = static_cast<std::size_t>(std::ranges::find(topics, partition.topic) - topics.begin());
    if (topic < topics.size() && held->topics[topic]) set_frontier(*held, topic, from);
  }
  after_learning();
}

void ShardWorker::begin_saving(const EpochCoordinator::Plan& plan) {
  saving_ = plan;
  longest_saving_ = Clock::duration{0};
  {
    const std::lock_guard lock(plan->mutex);
    for (const auto& partition : partitions_) {
      if (!partition) continue;
      for (std::size_t i = 0; i < partition->topics.size(); ++i) {
        if (!partition->topics[i]) continue;
        plan->result.snapshot.applied[{env_.options.kafka.topics[i], partition->id}] = partition->applied(i);
      }
      partition->erased.forget_before(wall_now() - env_.options.publish.ttl);
      if (partition->erased.empty()) continue;
      ByteWriter erased;
      partition->erased.save(erased);
      plan->result.snapshot.sections["erased/" + std::to_string(static_cast<std::int32_t>(partition->id))] =
          erased.take();
    }
  }
  while (plan->cut_at_once && save_some(kSavingTurn)) {
  }
}

void ShardWorker::save(Clock::duration worked) {
  if (!saving_) return;
  if (!lists_wait_) saving_owed_ = kSavingTurn;
  if (saving_owed_ > Clock::duration{0}) {
    const Clock::time_point start = Clock::now();
    save_some(std::min<Clock::duration>(saving_owed_, kSavingTurn));
    saving_owed_ -= Clock::now() - start;
  }
  saving_owed_ += std::chrono::duration_cast<Clock::duration>(worked * kSavingShareBehind);
}

bool ShardWorker::save_some(Clock::duration at_most) {
  if (!saving_) return false;
  const Clock::time_point start = Clock::now();
  bool whole = false;
  while (!whole && Clock::now() - start < at_most) whole = shard_.save_some(kSavingStride);
  longest_saving_ = std::max(longest_saving_, Clock::now() - start);
  if (whole) hand_over_cut();
  return true;
}

void ShardWorker::hand_over_cut() {
  const EpochCoordinator::Plan plan = std::exchange(saving_, nullptr);
  auto users = shard_.take_cut();
  const std::lock_guard lock(plan->mutex);
  Cut& cut = plan->result;
  cut.users.merge(users);
  cut.stall = std::max(cut.stall, std::chrono::duration_cast<std::chrono::microseconds>(longest_saving_));
  --plan->shards_saving;
}

void ShardWorker::park(PartitionId id) {
  ShardPartition* const partition = find(id);
  if (partition == nullptr) return;
  // What is still open was not learned, so it lies above the frontier and will be read again.
  for (std::size_t i = 0; i < partition->topics.size(); ++i) {
    if (!partition->topics[i]) continue;
    partition->topics[i]->frontier = Frontier(partition->applied(i));
    partition->topics[i]->progress->active = false;
  }
  partition->group.clear();
  partition->active = false;
  void_partitions_.push_back(id);
}

void ShardWorker::drop(PartitionId id) {
  if (find(id) == nullptr) return;
  auto& slot = partitions_[static_cast<std::size_t>(id) / static_cast<std::size_t>(env_.model.shards())];
  for (std::size_t i = 0; i < slot->topics.size(); ++i) {
    if (slot->topics[i]) env_.board.remove({env_.options.kafka.topics[i], id});
  }
  shard_.drop(id);
  slot.reset();
}

void ShardWorker::assign(PartitionId id, const Assignment& assignment, BoundaryPlan& plan) {
  if (!owns(id)) return;
  const auto& topics = env_.options.kafka.topics;
  if (!assignment.keep) {
    drop(id);
    shard_.assign(id);
    const std::size_t slot = static_cast<std::size_t>(id) / static_cast<std::size_t>(env_.model.shards());
    if (slot >= partitions_.size()) partitions_.resize(slot + 1);
    partitions_[slot] = std::make_unique<ShardPartition>(id, topics.size());
    if (!load(*partitions_[slot], assignment)) {
      const std::lock_guard lock(plan.mutex);
      plan.damaged.push_back(id);
    }
    ListSearch::begin(*partitions_[slot], ranker_.schedule_loaded(*partitions_[slot]));
    sweep_.hide(*partitions_[slot], env_.hidden.hidden_since_restore());
  }
  ShardPartition& partition = *find(id);
  partition.active = true;
  erase_again(partition);
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const auto from = assignment.from.find({topics[i], id});
    if (from != assignment.from.end()) set_frontier(partition, i, from->second);
  }
}

bool ShardWorker::load(ShardPartition& partition, const Assignment& assignment) {
  ByteReader users(assignment.users);
  if (!assignment.users.empty() && !shard_.load_users(partition.id, users)) return false;
  ByteReader erased(assignment.erased);
  return assignment.erased.empty() || partition.erased.load(erased, wall_now());
}

void ShardWorker::set_frontier(ShardPartition& partition, std::size_t topic, Offset from) {
  auto& slot = partition.topics[topic];
  if (partition.group.open() && partition.group.topic() == topic) partition.group.clear();
  void_partitions_.push_back(partition.id);
  if (!slot) {
    const TopicPartition name{env_.options.kafka.topics[topic], partition.id};
    slot.emplace(Frontier(from), env_.board.add(name), env_.publisher.shown().of(name));
  } else {
    slot->frontier = Frontier(from);
  }
  slot->progress->active = true;
}

bool ShardWorker::owns(PartitionId id) const {
  return static_cast<int>(id) % env_.model.shards() == number_;
}

ShardPartition* ShardWorker::find(PartitionId id) const {
  if (!owns(id)) return nullptr;
  const std::size_t slot = static_cast<std::size_t>(id) / static_cast<std::size_t>(env_.model.shards());
  return slot < partitions_.size() ? partitions_[slot].get() : nullptr;
}

}  // namespace sluice::pipeline

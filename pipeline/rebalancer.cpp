#include "pipeline/rebalancer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "ingest/event_time.h"

namespace sluice::pipeline {
namespace {

using ingest::Offsets;
using std::chrono::milliseconds;

constexpr milliseconds kAsk{2000};
constexpr milliseconds kAskPause{200};
constexpr milliseconds kAskForId{1000};  // a start does without

std::int32_t number(PartitionId id) {
  return static_cast<std::int32_t>(id);
}

std::string text(const TopicPartition& partition) {
  return partition.topic + "/" + std::to_string(number(partition.partition));
}

std::map<PartitionId, std::vector<TopicPartition>> by_partition(
    const std::vector<TopicPartition>& partitions) {
  std::map<PartitionId, std::vector<TopicPartition>> grouped;
  for (const TopicPartition& partition : partitions) grouped[partition.partition].push_back(partition);
  return grouped;
}

std::vector<PartitionId> ids_of(const std::vector<TopicPartition>& partitions) {
  std::vector<PartitionId> ids;
  for (const auto& [id, topics] : by_partition(partitions)) ids.push_back(id);
  return ids;
}

}  // namespace

Rebalancer::Rebalancer(const config::Options& options, ingest::KafkaConsumer& consumer,
                       EpochCoordinator& coordinator, CheckpointControl& checkpoints,
                       sink::ListPublisher& publisher, SnapshotShelf& shelf, const ProgressBoard& board,
                       LogMarks& marks, const std::atomic<bool>& stop_wanted, std::function<void()> show_life,
                       std::function<void(StopCause)> stop)
    : options_(options),
      consumer_(consumer),
      coordinator_(coordinator),
      checkpoints_(checkpoints),
      publisher_(publisher),
      shelf_(shelf),
      board_(board),
      marks_(marks),
      stop_wanted_(stop_wanted),
      show_life_(std::move(show_life)),
      stop_(std::move(stop)) {}

void Rebalancer::on_assigned(const std::vector<TopicPartition>& partitions) {
  spdlog::info("assigned {} topic-partitions", partitions.size());
  const auto committed = insist([&] { return consumer_.query_committed(partitions, kAsk); });
  if (!committed) return consumer_.assign({});
  topic_ids_.clear();
  for (const std::string& topic : options_.kafka.topics) {
    if (stop_wanted_) return consumer_.assign({});
    topic_ids_[topic] = consumer_.query_topic_id(topic, kAskForId);
  }
  shelf_.scan();
  const auto plan = std::make_shared<BoundaryPlan>();
  for (const auto& [id, topics] : by_partition(partitions)) {
    if (!plan_partition(id, topics, *committed, *plan)) return consumer_.assign({});
  }
  if (!checkpoints_.carry_out(plan, Clock::time_point::max())) return consumer_.assign({});
  shelf_.forget();
  if (!plan->damaged.empty()) {
    // The checksum was right and the content is not: another version's, or a bug. Going on would forget
    // users.
    stop_({StopCause::Kind::refused, "users of partition " + std::to_string(number(plan->damaged.front())) +
                                         " cannot be read from the snapshot"});
    return consumer_.assign({});
  }
  Offsets from;
  for (const auto& [id, assignment] : plan->assign)
    from.insert(assignment.from.begin(), assignment.from.end());
  consumer_.assign(from);
  ever_assigned_ = true;
  is_member_ = true;
  // Until it is in a snapshot of ours, what was loaded hangs on somebody else's file.
  checkpoints_.make_due();
}

void Rebalancer::on_revoked(const std::vector<TopicPartition>& partitions) {
  is_member_ = false;
  spdlog::info("giving up {} topic-partitions", partitions.size());
  const auto plan = std::make_shared<BoundaryPlan>();
  plan->close_groups = true;
  plan->rank_at_most = options_.limits.shutdown / kRankingPart;
  plan->cut = true;
  plan->park = ids_of(partitions);
  const auto reached = checkpoints_.checkpoint_by(plan, Clock::now() + options_.limits.shutdown);
  if (reached != CheckpointControl::Reached::committed) {
    spdlog::warn("gave up partitions without a commit in time; their next owner reads some events again");
  }
}

void Rebalancer::on_lost(const std::vector<TopicPartition>& partitions) {
  spdlog::warn("lost {} topic-partitions: the session with Kafka is over", partitions.size());
  is_member_ = false;
  const auto plan = std::make_shared<BoundaryPlan>();
  plan->park = ids_of(partitions);
  static_cast<void>(checkpoints_.carry_out(plan, Clock::time_point::max()));
}

void Rebalancer::on_offset_lost(const TopicPartition& partition) {
  const Offsets applied = board_.applied(ProgressBoard::Which::active);
  const auto ours = applied.find(partition);
  if (ours == applied.end()) return;
  const auto log = insist([&] { return consumer_.query_watermarks(partition, kAsk); });
  if (!log) return;
  StartFacts facts;
  facts.snapshot = ours->second;
  facts.log = *log;
  facts.topic_id = topic_ids_[partition.topic] = consumer_.query_topic_id(partition.topic, kAskForId);
  const LogMark before = marks_.of(partition);
  facts.log_before.topic_id = before.topic_id;
  const StartPosition position = choose_start(facts);
  if (position.kind != StartPosition::Kind::resumed) {
    if (!accept_gap(partition, position)) return;
    const auto plan = std::make_shared<BoundaryPlan>();
    plan->move[partition] = position.from;
    if (!checkpoints_.carry_out(plan, Clock::time_point::max())) return;
    // No snapshot is cut between the move and this: offsets in a log are saved under its own mark.
    if (position.kind == StartPosition::Kind::other_log) {
      marks_.set(partition, {false, facts.topic_id, before.logs_before + 1});
    }
    tell_publisher(partition, position, *log);  // no shard claims a position of the log before any more
  }
  // There is no seek for a partition that has stopped: everything is assigned anew from where it stands. What
  // the shards take of the old fetches meanwhile comes twice and is ignored.
  consumer_.reassign(board_.applied(ProgressBoard::Which::active));
}

template <typename Ask>
auto Rebalancer::insist(Ask ask) -> decltype(ask()) {
  while (!stop_wanted_) {
    if (auto answer = ask()) return answer;
    show_life_();
    std::this_thread::sleep_for(kAskPause);
  }
  return std::nullopt;
}

bool Rebalancer::plan_partition(PartitionId id, const std::vector<TopicPartition>& topics,
                                const Committed& committed, BoundaryPlan& plan) {
  Assignment assignment;
  const bool holds_any = !board_.applied(ProgressBoard::Which::all).empty();
  assignment.keep = can_keep(topics, committed);
  const sink::Snapshot* const snapshot = assignment.keep ? nullptr : shelf_.holder_of(id);
  const bool is_new = !assignment.keep && snapshot == nullptr;
  if (is_new && (shelf_.knows_users() || holds_any)) plan.users_may_move = true;
  for (const TopicPartition& partition : topics) {
    const auto frontier = find_frontier(partition, assignment.keep, snapshot);
    const auto start = find_start(partition, frontier, committed);
    if (!start) return false;
    assignment.from[partition] = start->from;
    const std::uint64_t logs_before =
        (frontier ? frontier->log.logs_before : 0) + (start->kind == StartPosition::Kind::other_log ? 1 : 0);
    marks_.set(partition, {committed.contains(partition), topic_ids_[partition.topic], logs_before});
  }
  if (assignment.keep) {
    counters_.kept.add();
  } else if (snapshot != nullptr) {
    const auto section_of = [&](const char* kind) -> std::span<const std::byte> {
      const auto section = snapshot->sections.find(kind + std::to_string(number(id)));
      return section == snapshot->sections.end() ? std::span<const std::byte>{} : section->second;
    };
    assignment.users = section_of("users/");
    assignment.erased = section_of("erased/");
    counters_.loaded.add();
  }
  plan.assign[id] = std::move(assignment);
  return true;
}

bool Rebalancer::can_keep(const std::vector<TopicPartition>& topics, const Committed& committed) const {
  const Offsets held = board_.applied(ProgressBoard::Which::all);
  return std::ranges::all_of(topics, [&](const TopicPartition& partition) {
    if (!held.contains(partition)) return false;
    const auto commit = committed.find(partition);
    return commit == committed.end() || commit->second.token.starts_with(checkpoints_.token_prefix());
  });
}

std::optional<Rebalancer::Frontier> Rebalancer::find_frontier(const TopicPartition& partition, bool keep,
                                                              const sink::Snapshot* snapshot) const {
  if (keep) {
    return Frontier{board_.applied(ProgressBoard::Which::all).at(partition), marks_.of(partition)};
  }
  if (snapshot == nullptr) return std::nullopt;
  const auto found = snapshot->applied.find(partition);
  if (found == snapshot->applied.end()) return std::nullopt;
  return Frontier{found->second, read_log_mark(*snapshot, options_.kafka.group, partition)};
}

std::optional<StartPosition> Rebalancer::find_start(const TopicPartition& partition,
                                                    const std::optional<Frontier>& frontier,
                                                    const Committed& committed) {
  const auto log = insist([&] { return consumer_.query_watermarks(partition, kAsk); });
  if (!log) return std::nullopt;
  StartFacts facts;
  facts.log = *log;
  facts.topic_id = topic_ids_[partition.topic];
  if (frontier) {
    facts.snapshot = frontier->offset;
    facts.log_before = frontier->log;
  }
  facts.allow_cold_start = options_.kafka.allow_cold_start;
  const auto commit = committed.find(partition);
  if (commit != committed.end()) facts.committed = commit->second.offset;
  if (!facts.snapshot && !facts.committed) {
    const auto from = start_without_snapshot(partition, *log);
    if (!from) return std::nullopt;
    facts.without_snapshot = *from;
  }
  const StartPosition position = choose_start(facts);
  switch (position.kind) {
    case StartPosition::Kind::forbidden:
      stop_({StopCause::Kind::refused,
             "group " + options_.kafka.group + " has committed " + text(partition) + " up to offset " +
                 std::to_string(static_cast<std::int64_t>(*facts.committed)) + ", but no snapshot in " +
                 options_.snapshot.folder +
                 " holds its users: starting would forget them. Restore the snapshot folder, or set "
                 "kafka.allow_cold_start to begin from the commit without them."});
      return std::nullopt;
    case StartPosition::Kind::log_gap:
    case StartPosition::Kind::other_log:
      if (!accept_gap(partition, position)) return std::nullopt;
      break;
    case StartPosition::Kind::cold:
      counters_.cold_starts.add();
      break;
    case StartPosition::Kind::resumed:
    case StartPosition::Kind::fresh:
      break;
  }
  tell_publisher(partition, position, *log);
  spdlog::info("{} starts at offset {}", text(partition), static_cast<std::int64_t>(position.from));
  return position;
}

std::optional<Offset> Rebalancer::start_without_snapshot(const TopicPartition& partition,
                                                         const ingest::Watermarks& log) {
  const std::string& policy = options_.kafka.start_without_snapshot;
  if (policy == "earliest") return log.low;
  if (policy == "latest") return log.high;
  const auto time = ingest::parse_event_time(policy);
  if (!time) throw std::logic_error("kafka.start_without_snapshot was not checked: " + policy);
  return insist([&] { return consumer_.query_offset_at(partition, *time, kAsk); });
}

void Rebalancer::tell_publisher(const TopicPartition& partition, const StartPosition& position,
                                const ingest::Watermarks& log) {
  publisher_.assigned(partition, position.kind == StartPosition::Kind::other_log ? Offset{0} : log.high);
}

bool Rebalancer::accept_gap(const TopicPartition& partition, const StartPosition& position) {
  counters_.log_gaps.add();
  counters_.lost_records.add(position.lost);
  const std::string what =
      position.kind == StartPosition::Kind::other_log
          ? "the log of " + text(partition) + " " + std::string(position.sign) + ": it is another log"
          : std::to_string(position.lost) + " records of " + text(partition) +
                " are gone from the log before they were applied";
  if (options_.kafka.on_log_gap == "continue") {
    spdlog::error("{}; going on at offset {}", what, static_cast<std::int64_t>(position.from));
    return true;
  }
  stop_({StopCause::Kind::refused, what + ". Set kafka.on_log_gap to continue to go on at offset " +
                                       std::to_string(static_cast<std::int64_t>(position.from)) + "."});
  return false;
}

}  // namespace sluice::pipeline

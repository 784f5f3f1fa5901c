#include "sink/shown_positions.h"

#include <algorithm>
#include <string_view>

#include "common/parse_number.h"

namespace sluice::sink {
namespace {

std::string field_of(const TopicPartition& partition) {
  return partition.topic + "/" + std::to_string(static_cast<std::int32_t>(partition.partition));
}

// Not below 0, as partitions and offsets are.
template <typename Number>
std::optional<Number> parse_natural(std::string_view text) {
  const auto number = parse_number<Number>(text);
  return number && *number >= 0 ? number : std::nullopt;
}

std::optional<TopicPartition> parse_field(std::string_view field) {
  const std::size_t slash = field.rfind('/');
  if (slash == field.npos) return std::nullopt;
  const auto partition = parse_natural<std::int32_t>(field.substr(slash + 1));
  if (!partition) return std::nullopt;
  return TopicPartition{std::string(field.substr(0, slash)), PartitionId{*partition}};
}

}  // namespace

std::shared_ptr<ShownPositions::Position> ShownPositions::of(const TopicPartition& partition) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(partition);
  if (is_new && was_read_) judge(partition, at->second);
  return at->second.position;
}

void ShownPositions::assigned(const TopicPartition& partition, Offset log_end) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[partition];
  entry.log_end = static_cast<std::int64_t>(log_end);
  entry.void_at.reset();
  entry.position->least_.store(Position::kUnknown, std::memory_order_release);
  asked_ = true;
}

bool ShownPositions::claim_all(const std::map<TopicPartition, Offset>& applied) {
  const std::lock_guard lock(mutex_);
  const bool allowed = std::ranges::all_of(applied, [&](const auto& at) {
    const auto entry = entries_.find(at.first);
    return entry != entries_.end() && entry->second.position->allows(at.second);
  });
  if (!allowed || applied.empty()) return false;
  for (const auto& [partition, offset] : applied) entries_.at(partition).position->claim(offset);
  return true;
}

void ShownPositions::ask() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
}

bool ShownPositions::take_question() {
  const std::lock_guard lock(mutex_);
  return std::exchange(asked_, false);
}

bool ShownPositions::answer(const Fields& fields) {
  const std::lock_guard lock(mutex_);
  if (asked_) return false;  // asked again meanwhile: this may be too old
  known_.clear();
  for (const auto& [field, value] : fields) {
    const auto partition = parse_field(field);
    const auto position = parse_natural<std::int64_t>(value);
    if (partition && position) known_[*partition] = *position;
  }
  was_read_ = true;
  for (auto& [partition, entry] : entries_) judge(partition, entry);
  return true;
}

void ShownPositions::judge(const TopicPartition& partition, Entry& entry) {
  const auto held = known_.find(partition);
  if (entry.log_end) {
    if (held != known_.end() && held->second > *entry.log_end) {
      entry.void_at = held->second;
      entry.position->claim(Offset{Position::kNone});  // it was of that log too
    }
    entry.log_end.reset();
  }
  entry.position->least_.store(known(partition, entry), std::memory_order_release);
}

std::int64_t ShownPositions::known(const TopicPartition& partition, const Entry& entry) const {
  const auto held = known_.find(partition);
  if (held == known_.end() || held->second == entry.void_at) return Position::kNone;
  return held->second;
}

ShownPositions::Fields ShownPositions::take_unwritten() {
  const std::lock_guard lock(mutex_);
  Fields fields;
  for (auto& [partition, entry] : entries_) {
    const std::int64_t claimed = entry.position->claimed_.load(std::memory_order_acquire);
    if (claimed <= known(partition, entry)) continue;
    known_[partition] = claimed;
    fields.emplace_back(field_of(partition), std::to_string(claimed));
  }
  return fields;
}

}  // namespace sluice::sink

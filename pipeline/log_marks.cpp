#include "pipeline/log_marks.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace sluice::pipeline {
namespace {

std::string number_text(PartitionId id) {
  return std::to_string(static_cast<std::int32_t>(id));
}

// The member, or null: for objects only, whatever `parent` is.
const nlohmann::json& member(const nlohmann::json& parent, const std::string& name) {
  static const nlohmann::json kNone;
  const auto found = parent.is_object() ? parent.find(name) : parent.end();
  return found == parent.end() ? kNone : *found;
}

}  // namespace

void LogMarks::set(const TopicPartition& partition, LogMark mark) {
  const std::lock_guard lock(mutex_);
  LogMark& known = marks_[partition];
  if (known == mark) return;
  known = std::move(mark);
  ++changes_;
}

void LogMarks::note_committed(const ingest::Offsets& offsets) {
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, offset] : offsets) {
    LogMark& known = marks_[partition];
    if (!std::exchange(known.committed, true)) ++changes_;
  }
}

LogMark LogMarks::of(const TopicPartition& partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = marks_.find(partition);
  return found == marks_.end() ? LogMark{} : found->second;
}

std::uint64_t LogMarks::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

nlohmann::json LogMarks::to_json(const std::string& group) const {
  nlohmann::json partitions = nlohmann::json::object();
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, mark] : marks_) {
    if (mark == LogMark{}) continue;
    nlohmann::json& written = partitions[partition.topic][number_text(partition.partition)];
    written["committed"] = mark.committed;
    if (!mark.topic_id.empty()) written["topic_id"] = mark.topic_id;
    if (mark.logs_before > 0) written["logs_before"] = mark.logs_before;
  }
  return {{"group", group}, {"partitions", std::move(partitions)}};
}

std::map<PartitionId, std::uint64_t> LogMarks::logs_before() const {
  std::map<PartitionId, std::uint64_t> sums;
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, mark] : marks_) {
    if (mark.logs_before > 0) sums[partition.partition] += mark.logs_before;
  }
  return sums;
}

LogMark read_log_mark(const sink::Snapshot& snapshot, const std::string& group,
                      const TopicPartition& partition) {
  const auto section = snapshot.sections.find("meta");
  if (section == snapshot.sections.end()) return {};
  const auto* const text = reinterpret_cast<const char*>(section->second.data());
  const auto meta = nlohmann::json::parse(text, text + section->second.size(), nullptr, false);
  const nlohmann::json& written = member(meta, "logs");
  const nlohmann::json& found =
      member(member(member(written, "partitions"), partition.topic), number_text(partition.partition));
  LogMark mark;
  mark.committed = member(written, "group") == group && member(found, "committed") == true;
  if (const nlohmann::json& id = member(found, "topic_id"); id.is_string()) mark.topic_id = id;
  if (const nlohmann::json& logs = member(found, "logs_before"); logs.is_number_unsigned())
    mark.logs_before = logs;
  return mark;
}

}  // namespace sluice::pipeline

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/types.h"
#include "ingest/kafka_consumer.h"
#include "sink/snapshot_file.h"

namespace sluice::pipeline {

// What tells the log of a topic-partition from another one under the same name. When a topic is deleted,
// Kafka drops the group's commits with it, and a topic made anew has another id.
struct LogMark {
  bool committed = false;         // the group has a commit of it
  std::string topic_id;           // empty: the broker, or this librdkafka, does not tell
  std::uint64_t logs_before = 0;  // how many other logs under this name the state has gone through

  friend bool operator==(const LogMark&, const LogMark&) = default;
};

// The marks of what this process is assigned, kept in snapshots beside the frontiers. Thread-safe.
class LogMarks {
 public:
  // In place of what was known of this partition's log.
  void set(const TopicPartition& partition, LogMark mark);
  void note_committed(const ingest::Offsets& offsets);

  [[nodiscard]] LogMark of(const TopicPartition& partition) const;
  // Grows when a mark changes.
  [[nodiscard]] std::uint64_t changes() const;

  // {"group": "g", "partitions": {"topic": {"0": {"committed": true, "topic_id": "...", "logs_before": 1}}}}
  [[nodiscard]] nlohmann::json to_json(const std::string& group) const;
  // Of each partition number, where there are any: the sum over its topics. Offsets of two snapshots can be
  // compared only where it is the same; else the greater one knows more, see sink::scan_snapshots().
  [[nodiscard]] std::map<PartitionId, std::uint64_t> logs_before() const;

 private:
  mutable std::mutex mutex_;
  std::map<TopicPartition, LogMark> marks_;
  std::uint64_t changes_ = 0;
};

// The mark of this partition in the snapshot's section "meta", under "logs" as to_json() writes it. Nothing
// is known without one, nor of commits of another group. What is not of that shape is passed over.
[[nodiscard]] LogMark read_log_mark(const sink::Snapshot& snapshot, const std::string& group,
                                    const TopicPartition& partition);

}  // namespace sluice::pipeline

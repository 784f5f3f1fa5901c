#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "common/types.h"
#include "ingest/kafka_consumer.h"

namespace sluice::pipeline {

// How far one topic-partition is, written by its shard and read by anyone.
struct PartitionProgress {
  std::atomic<std::int64_t> applied{0};  // the next offset to be applied: below it everything is in the state
  std::atomic<std::uint64_t> holes{0};
  std::atomic<bool> active{true};  // false: kept in memory, but not ours at the moment
};

// All topic-partitions that this process holds. Thread-safe.
class ProgressBoard {
 public:
  using Entries = std::map<TopicPartition, std::shared_ptr<PartitionProgress>>;

  [[nodiscard]] std::shared_ptr<PartitionProgress> add(const TopicPartition& partition) {
    const std::lock_guard lock(mutex_);
    return entries_[partition] = std::make_shared<PartitionProgress>();
  }
  void remove(const TopicPartition& partition) {
    const std::lock_guard lock(mutex_);
    entries_.erase(partition);
  }
  [[nodiscard]] Entries entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

  enum class Which : std::uint8_t { active, all };
  [[nodiscard]] ingest::Offsets applied(Which which) const {
    ingest::Offsets offsets;
    for (const auto& [partition, progress] : entries()) {
      if (which == Which::active && !progress->active) continue;
      offsets[partition] = Offset{progress->applied.load()};
    }
    return offsets;
  }

 private:
  mutable std::mutex mutex_;
  Entries entries_;
};

}  // namespace sluice::pipeline

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "config/options.h"
#include "model/shard.h"
#include "pipeline/shard_partition.h"
#include "pipeline/user_ranker.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Takes items that were hidden out of the lists in Redis that may hold them, most active users first, without
// ranking any anew: the publisher changes them where they lie. Where that cannot be, as too few entries are
// left, or very many items were hidden at once, lists are ranked anew. Not thread-safe: the shard's own.
class HiddenSweep {
 public:
  using Clock = std::chrono::steady_clock;
  using Partitions = UserRanker::Partitions;

  HiddenSweep(const config::Options& options, const model::Shard& shard, sink::ListPublisher& publisher)
      : list_size_(options.ranking.list_size), shard_(shard), publisher_(publisher) {}

  // These items are hidden now: out of all lists that may hold one of them.
  void hide(const Partitions& partitions, const std::vector<std::string>& items);
  // The same for one partition, of whose lists nothing is known.
  void hide(ShardPartition& partition, const std::vector<std::string>& items);
  // The item is shown again: it stays in the lists that were not reached.
  static void show(const Partitions& partitions, const std::string& item);

  // Hands over what the publisher takes, for at most that long.
  void run(const Partitions& partitions, Clock::duration at_most);
  // Lists that are still to lose something.
  [[nodiscard]] static std::size_t waiting(const Partitions& partitions);

 private:
  bool run_next(ShardPartition& partition);  // false: the publisher is full

  const std::size_t list_size_;
  const model::Shard& shard_;
  sink::ListPublisher& publisher_;
  std::size_t from_ = 0;  // partitions take turns, so that the most active of all come first
};

}  // namespace sluice::pipeline

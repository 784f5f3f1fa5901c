#pragma once

#include <cstddef>
#include <vector>

#include "model/shard.h"
#include "pipeline/shard_partition.h"
#include "pipeline/user_ranker.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Looks in Redis for the lists of users that were loaded, most active first: whoever wrote them, Redis may
// have lost them since, and nobody else knows. Who has none is told by ListPublisher::Callbacks::on_missing.
// Not thread-safe: the shard's own.
class ListSearch {
 public:
  using Partitions = UserRanker::Partitions;

  ListSearch(const model::Shard& shard, sink::ListPublisher& publisher)
      : shard_(shard), publisher_(publisher) {}

  // `rows`: the users who should have a list, most active first.
  static void begin(ShardPartition& partition, std::vector<RankSchedule::Row> rows);
  // Hands over what the publisher takes now, partitions by turns.
  void run(const Partitions& partitions);

 private:
  [[nodiscard]] sink::ListLook next_look(const ShardPartition& partition) const;

  const model::Shard& shard_;
  sink::ListPublisher& publisher_;
  std::size_t from_ = 0;
};

}  // namespace sluice::pipeline

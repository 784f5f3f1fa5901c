#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "model/shard.h"
#include "pipeline/shard_partition.h"

namespace sluice::pipeline {

// The rows of a partition's users for which wanted(row) holds, most recently active first.
template <typename Wanted>
[[nodiscard]] std::vector<RankSchedule::Row> rows_by_activity(const ShardPartition& partition,
                                                              const model::Shard& shard, Wanted wanted) {
  std::vector<std::pair<Timestamp, RankSchedule::Row>> users;
  for (RankSchedule::Row row = 0; row < shard.user_rows(partition.id); ++row) {
    if (wanted(row)) users.emplace_back(shard.last_event({partition.id, row}), row);
  }
  std::ranges::sort(users, std::greater<>{});
  std::vector<RankSchedule::Row> rows;
  rows.reserve(users.size());
  for (const auto& [time, row] : users) rows.push_back(row);
  return rows;
}
[[nodiscard]] inline std::vector<RankSchedule::Row> rows_by_activity(const ShardPartition& partition,
                                                                     const model::Shard& shard) {
  return rows_by_activity(partition, shard, [](RankSchedule::Row) { return true; });
}

}  // namespace sluice::pipeline

#include "pipeline/list_search.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::pipeline {

void ListSearch::begin(ShardPartition& partition, std::vector<RankSchedule::Row> rows) {
  std::ranges::reverse(rows);
  partition.to_look_for = std::move(rows);
}

void ListSearch::run(const Partitions& partitions) {
  std::size_t without = 0;  // partitions in a row that had nothing to look for
  while (without < partitions.size()) {
    const auto& partition = partitions[++from_ % partitions.size()];
    if (!partition || !partition->active || partition->to_look_for.empty()) {
      ++without;
      continue;
    }
    without = 0;
    sink::ListLook look = next_look(*partition);
    const std::size_t size = std::min(sink::ListLook::kMostUsers, partition->to_look_for.size());
    if (!look.users.empty() && !publisher_.look_for(std::move(look))) return;
    partition->to_look_for.resize(partition->to_look_for.size() - size);
    if (partition->to_look_for.empty()) partition->to_look_for.shrink_to_fit();
  }
}

sink::ListLook ListSearch::next_look(const ShardPartition& partition) const {
  sink::ListLook look{partition.id, {}};
  const auto& rows = partition.to_look_for;
  for (std::size_t k = 1; k <= std::min(sink::ListLook::kMostUsers, rows.size()); ++k) {
    const RankSchedule::Row row = rows[rows.size() - k];
    const std::string_view user = shard_.user_name({partition.id, row});
    if (!user.empty()) look.users.push_back({std::string(user), row});
  }
  return look;
}

}  // namespace sluice::pipeline

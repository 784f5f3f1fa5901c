#include "pipeline/hidden_sweep.h"

#include <memory>
#include <utility>

#include "pipeline/rows_by_activity.h"

namespace sluice::pipeline {
namespace {

// Of more items at once, searching for each in each list costs as much as ranking it.
constexpr std::size_t kMostItemsAtOnce = 16;
// Rows between two looks at the clock.
constexpr int kRowsBetweenLooks = 16;

}  // namespace

void HiddenSweep::hide(const Partitions& partitions, const std::vector<std::string>& items) {
  for (const auto& partition : partitions) {
    if (partition) hide(*partition, items);
  }
}

void HiddenSweep::hide(ShardPartition& partition, const std::vector<std::string>& items) {
  if (items.empty()) return;
  ListMarks::Mark mark;
  for (const std::string& item : items) mark.add(item);
  auto rows = rows_by_activity(partition, shard_,
                               [&](RankSchedule::Row row) { return partition.marks.may_hold(row, mark); });
  if (items.size() > kMostItemsAtOnce) {
    for (const RankSchedule::Row row : rows) partition.schedule.republish(row);
  } else {
    partition.sweep.add(std::make_shared<const sink::LeaveOutItems>(items, list_size_), std::move(rows));
  }
}

void HiddenSweep::show(const Partitions& partitions, const std::string& item) {
  for (const auto& partition : partitions) {
    if (partition) partition->sweep.show(item);
  }
}

void HiddenSweep::run(const Partitions& partitions, Clock::duration at_most) {
  const Clock::time_point start = Clock::now();
  std::size_t without = 0;  // partitions in a row that had nothing to do
  for (int count = 1; without < partitions.size(); ++count) {
    const auto& partition = partitions[++from_ % partitions.size()];
    if (!partition || !partition->active || partition->sweep.empty()) {
      ++without;
      continue;
    }
    without = 0;
    if (!run_next(*partition)) return;
    if (count % kRowsBetweenLooks == 0 && Clock::now() - start >= at_most) return;
  }
}

bool HiddenSweep::run_next(ShardPartition& partition) {
  const auto [row, items] = *partition.sweep.next();
  const std::string_view user = shard_.user_name({partition.id, row});
  if (!user.empty()) {
    const auto answer = publisher_.leave_out({std::string(user), items, partition.id, row});
    if (answer == sink::ListPublisher::Answer::full) return false;
    if (answer == sink::ListPublisher::Answer::rank) partition.schedule.republish(row);
  }
  partition.sweep.pop();
  return true;
}

std::size_t HiddenSweep::waiting(const Partitions& partitions) {
  std::size_t count = 0;
  for (const auto& partition : partitions) {
    if (partition && partition->active) count += partition->sweep.size();
  }
  return count;
}

}  // namespace sluice::pipeline

#include "pipeline/sweep_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::pipeline {

void SweepQueue::add(const Items& items, std::vector<Row> rows) {
  if (rows.empty()) return;
  if (rounds_.size() < kMostRounds) {
    rounds_.push_back({items, std::move(rows)});
  } else {
    unite(rounds_.back(), items, rows);
  }
}

// Of several rounds the last has not begun.
void SweepQueue::unite(Round& round, const Items& items, const std::vector<Row>& rows) {
  round.items = sink::LeaveOutItems::united(round.items, items);
  std::vector<bool> is_there(1 + std::max(std::ranges::max(round.rows), std::ranges::max(rows)));
  for (const Row row : round.rows) is_there[row] = true;
  std::ranges::copy_if(rows, std::back_inserter(round.rows), [&](Row row) { return !is_there[row]; });
}

void SweepQueue::show(const std::string& item) {
  for (Round& round : rounds_) {
    std::vector<std::string> items = round.items->items();
    if (std::erase(items, item) == 0) continue;
    round.items = std::make_shared<const sink::LeaveOutItems>(std::move(items), round.items->list_size());
  }
  std::erase_if(rounds_, [](const Round& round) { return round.items->items().empty(); });
}

std::size_t SweepQueue::size() const {
  std::size_t size = 0;
  for (const Round& round : rounds_) size += round.rows.size() - round.at;
  return size;
}

std::optional<SweepQueue::Next> SweepQueue::next() const {
  if (rounds_.empty()) return std::nullopt;
  const Round& round = rounds_.front();
  return Next{round.rows[round.at], round.items};
}

void SweepQueue::pop() {
  Round& round = rounds_.front();
  if (++round.at == round.rows.size()) rounds_.pop_front();
}

}  // namespace sluice::pipeline

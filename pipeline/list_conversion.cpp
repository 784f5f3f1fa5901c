#include "pipeline/list_conversion.h"

#include <chrono>

namespace sluice::pipeline {

sink::List to_list(const model::RankedList& ranked, const model::Model& model, PartitionId partition) {
  const auto names = model.columns();
  sink::List list;
  list.user = ranked.user;
  list.items.reserve(ranked.entries.size());
  for (const model::RankedEntry& entry : ranked.entries) {
    sink::ListEntry& item = list.items.emplace_back();
    item.item = entry.item;
    item.score = entry.score;
    for (const std::uint8_t signal : entry.why) {
      if (signal < names.size()) item.why.push_back(names[signal]);
    }
  }
  list.epoch = model.epoch();
  list.partition = partition;
  list.offset = ranked.offset;
  list.event_time = ranked.event_time;
  list.made = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return list;
}

}  // namespace sluice::pipeline

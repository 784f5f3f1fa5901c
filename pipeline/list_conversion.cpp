#include "pipeline/list_conversion.h"

#include <chrono>

#include "common/clock.h"
#include "common/seen_code.h"
#include "model/live_document.h"

namespace sluice::pipeline {

namespace {

sink::LiveParts to_live_parts(const model::LiveHandle& live) {
  sink::LiveParts parts{
      round_part(static_cast<double>(live.base)), live.history, live.last_take, {}, seen_codes(live.seen)};
  for (const model::RankedEntry& entry : live.kept) {
    parts.kept.push_back({std::string(entry.item), own_part(entry), common_part(entry)});
  }
  return parts;
}

}  // namespace

sink::List to_list(const model::RankedList& ranked, const model::Model& model, PartitionId partition,
                   bool for_merging) {
  const auto names = model.columns();
  sink::List list;
  list.user = ranked.user;
  list.items.reserve(ranked.entries.size());
  for (const model::RankedEntry& entry : ranked.entries) {
    sink::ListEntry& item = list.items.emplace_back();
    item.item = entry.item;
    item.score = entry.score;
    if (for_merging) {
      item.own = own_part(entry);
      item.common = common_part(entry);
    }
    for (const std::uint8_t signal : entry.why) {
      if (signal < names.size()) item.why.push_back(names[signal]);
    }
  }
  list.epoch = model.epoch();
  list.partition = partition;
  list.offset = ranked.offset;
  list.event_time = ranked.event_time;
  list.made = wall_now();
  if (for_merging) list.live = to_live_parts(ranked.live);
  return list;
}

sink::LiveList to_live_list(const model::LiveRanking& ranked, std::uint32_t context, Epoch epoch,
                            Timestamp now) {
  sink::LiveList list{context, {}, epoch, now, wall_now()};
  for (const model::LiveRanking::Entry& entry : ranked.entries) {
    list.items.push_back({std::string(entry.item), round_part(static_cast<double>(entry.common))});
  }
  return list;
}

}  // namespace sluice::pipeline

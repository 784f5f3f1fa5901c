#include "model/live_document.h"

#include <algorithm>

#include "common/seen_code.h"
#include "model/item_index.h"

namespace sluice::model {

double own_part(const RankedEntry& entry) {
  return round_part(static_cast<double>(entry.score - entry.common));
}

double common_part(const RankedEntry& entry) {
  return round_part(static_cast<double>(entry.common));
}

namespace {
KeptEntry<std::uint64_t> kept_entry(const RankedEntry& entry) {
  return {hash_item_name(entry.item), own_part(entry), common_part(entry)};
}
}  // namespace

LiveDocument::LiveDocument(const RankedList& ranked)
    : shown(ranked.entries.size()),
      mergeable(ranked.live.split),
      base(round_part(static_cast<double>(ranked.live.base))),
      history(ranked.live.history),
      last_take(ranked.live.last_take),
      seen(seen_codes(ranked.live.seen)) {
  entries.reserve(ranked.entries.size() + ranked.live.kept.size());
  for (const RankedEntry& entry : ranked.entries) entries.push_back(kept_entry(entry));
  for (const RankedEntry& entry : ranked.live.kept) entries.push_back(kept_entry(entry));
}

LiveLists::LiveLists(const std::array<LiveRanking, kContexts>& rankings) {
  for (std::size_t context = 0; context < rankings.size(); ++context) {
    for (const LiveRanking::Entry& entry : rankings[context].entries) {
      contexts_[context].entries.push_back(
          {hash_item_name(entry.item), round_part(static_cast<double>(entry.common))});
      contexts_[context].codes.push_back(seen_code(entry.item));
    }
  }
}

std::vector<std::uint64_t> LiveLists::merged(const LiveDocument& document, Timestamp now,
                                             std::size_t n) const {
  std::vector<std::uint64_t> items;
  if (!document.mergeable) {
    for (std::size_t k = 0; k < std::min(n, document.shown); ++k) items.push_back(document.entries[k].id);
    return items;
  }
  const Context& live = contexts_[context_of_part(document.history, document.last_take, now)];
  const auto skip = [&](std::size_t place) { return holds_seen_code(document.seen, live.codes[place]); };
  const std::size_t most = live.entries.empty() ? std::min(n, document.shown) : n;
  for (const auto& entry :
       merge_live<std::uint64_t>(document.entries, document.base, live.entries, skip, most)) {
    items.push_back(entry.id);
  }
  return items;
}

}  // namespace sluice::model

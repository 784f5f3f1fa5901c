#include "pipeline/live_quality.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::pipeline {
namespace {

constexpr std::size_t kTop = 10;

std::uint64_t hash(std::string_view text) {
  return model::hash_item_name(text);
}

bool among_first(const model::LiveDocument& document, std::uint64_t item) {
  const std::size_t count = std::min(kTop, document.shown);
  const auto end = document.entries.begin() + static_cast<std::ptrdiff_t>(count);
  return std::find_if(document.entries.begin(), end, [&](const auto& entry) { return entry.id == item; }) !=
         end;
}

}  // namespace

bool LiveQuality::sampled(std::string_view user) {
  return hash(user) % 16 == 0;
}

void LiveQuality::published(std::string_view user, model::LiveDocument&& document) {
  const std::uint64_t id = hash(user);
  const auto found = lists_.find(id);
  if (found != lists_.end()) {
    found->second = std::move(document);
  } else if (lists_.size() < kMaxUsers) {
    lists_.emplace(id, std::move(document));
  }
}

void LiveQuality::forget(std::string_view user) {
  lists_.erase(hash(user));
}

void LiveQuality::score(const model::Group& group, bool known, const CommonLists& common,
                        std::span<const model::RankedEntry> requested) {
  const auto found = lists_.find(hash(group.user));
  if (found == lists_.end() && known) return;
  const model::LiveDocument& document = found == lists_.end() ? common.popular : found->second;
  const std::vector<std::uint64_t> merged = common.live.merged(document, group.time, kTop);
  for (const model::Line& line : group.lines) {
    if (line.weight <= 0) continue;
    const std::uint64_t item = hash(line.item);
    counters_.quality_scored.add();
    if (std::ranges::find(merged, item) != merged.end()) counters_.published_hits.add();
    if (among_first(document, item)) counters_.unmerged_hits.add();
    if (among_first(common.popular, item)) counters_.popular_hits.add();
    if (requested.empty()) continue;
    counters_.requested_scored.add();
    const auto first = requested.first(std::min(kTop, requested.size()));
    if (std::ranges::find(first, line.item, &model::RankedEntry::item) != first.end()) {
      counters_.requested_hits.add();
    }
  }
}

}  // namespace sluice::pipeline

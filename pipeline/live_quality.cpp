#include "pipeline/live_quality.h"

#include <algorithm>
#include <bit>
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

bool LiveQuality::sampled(std::string_view user) const {
  return in_sample(hash(user));
}

bool LiveQuality::in_sample(std::uint64_t hash) const {
  return std::countr_zero(hash) >= zero_bits_;
}

void LiveQuality::make_room() {
  absl::erase_if(lists_, [&](const auto& entry) { return entry.second.round < round_; });
  ++round_;
  if (lists_.size() > kMaxUsers / 2) {
    ++zero_bits_;
    absl::erase_if(lists_, [&](const auto& entry) { return !in_sample(entry.first); });
  } else if (lists_.size() < kMaxUsers / 4 && zero_bits_ > kFewest) {
    --zero_bits_;
  }
}

void LiveQuality::published(std::string_view user, model::LiveDocument&& document) {
  const std::uint64_t id = hash(user);
  if (lists_.size() >= kMaxUsers && !lists_.contains(id)) {
    make_room();
    if (!in_sample(id)) return;
  }
  lists_.insert_or_assign(id, Published{std::move(document), round_});
}

void LiveQuality::forget(std::string_view user) {
  lists_.erase(hash(user));
}

void LiveQuality::score(const model::Group& group, bool known, const CommonLists& common,
                        std::span<const model::RankedEntry> requested) {
  const auto found = lists_.find(hash(group.user));
  if (found == lists_.end() && known) return;
  const model::LiveDocument& document = found == lists_.end() ? common.popular : found->second.document;
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

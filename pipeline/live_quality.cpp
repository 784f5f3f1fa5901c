#include "pipeline/live_quality.h"

#include <xxhash.h>

#include <algorithm>

namespace sluice::pipeline {
namespace {

std::uint64_t hash(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

bool contains(const TopTen& list, std::uint64_t item) {
  return std::ranges::find(list, item) != list.end();
}

}  // namespace

TopTen top_ten(std::span<const model::RankedEntry> entries) {
  TopTen list{};
  for (std::size_t i = 0; i < std::min(list.size(), entries.size()); ++i) list[i] = hash(entries[i].item);
  return list;
}

bool LiveQuality::sampled(std::string_view user) {
  return hash(user) % 16 == 0;
}

void LiveQuality::published(std::string_view user, std::span<const model::RankedEntry> entries) {
  const std::uint64_t id = hash(user);
  const auto found = lists_.find(id);
  if (found != lists_.end()) {
    found->second = top_ten(entries);
  } else if (lists_.size() < kMaxUsers) {
    lists_.emplace(id, top_ten(entries));
  }
}

void LiveQuality::forget(std::string_view user) {
  lists_.erase(hash(user));
}

void LiveQuality::score(const model::Group& group, bool known, const TopTen& popular) {
  const auto found = lists_.find(hash(group.user));
  if (found == lists_.end() && known) return;
  const TopTen& shown = found == lists_.end() ? popular : found->second;
  for (const model::Line& line : group.lines) {
    if (line.weight <= 0) continue;
    const std::uint64_t item = hash(line.item);
    counters_.quality_scored.add();
    if (contains(shown, item)) counters_.published_hits.add();
    if (contains(popular, item)) counters_.popular_hits.add();
  }
}

}  // namespace sluice::pipeline

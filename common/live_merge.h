#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

// What a reader does with a user's document and the live list of the user's context. An item's score is the
// sum of a part that is personal (`own`) and one that is the same for every user of the context (`common`).
// The document has both as of its writing, the live list has the common part of now.
template <typename Id>
struct KeptEntry {
  Id id;
  double own;
  double common;
};
template <typename Id>
struct LiveEntry {
  Id id;
  double common;
};
template <typename Id>
struct MergedEntry {
  Id id;
  double score;
};

// Parts are written with four decimals, so that every language reads the same number.
inline constexpr std::int64_t kPartsPerUnit = 10'000;
[[nodiscard]] inline double round_part(double part) {
  constexpr double kLargest = 100'000;
  constexpr double kUnit = kPartsPerUnit;
  return std::round(std::clamp(part, -kLargest, kLargest) * kUnit) / kUnit;
}

// The `n` best of both, best first; of equal scores the one that came first, and kept entries come before
// live ones. `kept`: the document's entries in their order, `live`: greatest common part first.
//   - An entry of both scores own + the live common part.
//   - A kept one that is not live scores own + its common part, but no more than the least live one: it has
//     fallen below that since.
//   - One that is only live scores `base` + its common part, unless skip(its place in `live`): the user has
//     had it.
// Ids are compared with ==. An empty live list leaves the document as it is.
template <typename Id, typename Skip>
[[nodiscard]] std::vector<MergedEntry<Id>> merge_live(std::span<const KeptEntry<Id>> kept, double base,
                                                      std::span<const LiveEntry<Id>> live, Skip skip,
                                                      std::size_t n) {
  std::vector<MergedEntry<Id>> merged;
  merged.reserve(kept.size() + live.size());
  std::vector<char> is_kept(live.size(), 0);
  for (const KeptEntry<Id>& entry : kept) {
    const auto found =
        std::find_if(live.begin(), live.end(), [&](const auto& l) { return l.id == entry.id; });
    double common = live.empty() ? entry.common : std::min(entry.common, live.back().common);
    if (found != live.end()) {
      common = found->common;
      is_kept[static_cast<std::size_t>(found - live.begin())] = 1;
    }
    merged.push_back({entry.id, entry.own + common});
  }
  for (std::size_t k = 0; k < live.size(); ++k) {
    if (is_kept[k] == 0 && !skip(k)) merged.push_back({live[k].id, base + live[k].common});
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  if (merged.size() > n) merged.resize(n);
  return merged;
}

}  // namespace sluice

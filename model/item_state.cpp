#include "model/item_state.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/item_cut.h"
#include "model/random.h"

namespace sluice::model {

namespace {
constexpr std::uint32_t kItemEvictionSample = 32;  // rows looked at for the least recently active one

// What the lists of the most popular are ordered by: logarithms of the sums, side by side. More than there
// are lists, so that they fill the machine's registers.
constexpr std::size_t kTopKeys = 8;
static_assert(kTopKeys >= ItemState::kTopLists);
using TopKeys = std::array<float, kTopKeys>;

TopKeys top_keys(const ItemStats& row) {
  constexpr float kLn2 = 0.693147181F;
  constexpr auto kSpan = static_cast<float>(Decay::kMarkSpan);
  TopKeys sums{};
  TopKeys landmarks{};
  std::ranges::transform(row.decayed, sums.begin(), [](double sum) { return static_cast<float>(sum); });
  std::ranges::transform(row.mark, landmarks.begin(), [](auto mark) { return static_cast<float>(mark); });
  sums[kHalfLives.size()] = static_cast<float>(row.total);
  TopKeys keys;
  for (std::size_t k = 0; k < kTopKeys; ++k) {
    const float positive = std::max(sums[k], std::numeric_limits<float>::min());
    const float key = fast_log(positive) + landmarks[k] * kSpan * kLn2;
    keys[k] = sums[k] > 0 ? key : -1e30F;
  }
  return keys;
}

void note(TopList& list, const StatsIncrement& increment, float key) {
  if (increment.weight > 0) {
    list.raise(increment.row, key);
  } else {
    list.lower(increment.row, key);
  }
}
}  // namespace

ItemState::ItemState(std::size_t rows, std::size_t most_items, std::size_t slices)
    : capacity(rows),
      max_items(most_items),
      stats(rows),
      covisit(index, rows, std::chrono::days(30)),
      longterm(index, rows, std::chrono::days(90)),
      factors(rows),
      tops(slices),
      latest(slices) {}

void ItemState::add(const StatsIncrement& increment, std::size_t slice) {
  count(increment, tops[slice]);
  if (increment.weight > 0) latest[slice].touch(increment.row);
}

void ItemState::add_all(std::span<const StatsIncrement> increments, std::size_t slice) {
  constexpr std::size_t kAhead = 16;
  for (std::size_t k = 0; k < increments.size(); ++k) {
    if (k + kAhead < increments.size()) stats.prefetch(increments[k + kAhead].row);
    count(increments[k], tops[slice]);
  }
  LatestRows touched;
  for (std::size_t k = increments.size(); k-- > 0 && !touched.full();) {
    if (increments[k].weight > 0) touched.append(increments[k].row);
  }
  for (const ItemRow row : latest[slice].rows()) touched.append(row);
  latest[slice] = touched;
}

void ItemState::count(const StatsIncrement& increment, SliceTops& top) {
  stats.add(increment);
  const ItemStats& row = stats[increment.row];
  const TopKeys keys = top_keys(row);
  for (std::size_t list = 0; list < kTopLists; ++list) note(top.lists[list], increment, keys[list]);
  if (row.events == 1 && increment.events > 0) top.newest[top.born++ % kNewest] = increment.row;
}

ItemRow ItemState::make_room() {
  if (index.size() >= max_items) evict_one();
  return index.reserve();
}

void ItemState::evict_one() {
  Random random(mix64(evictions + 1));
  ItemRow oldest = kNoRow;
  for (std::uint32_t k = 0; k < kItemEvictionSample || oldest == kNoRow; ++k) {
    const ItemRow row = random.below(index.rows());
    if (!index.bound(row)) continue;
    if (oldest == kNoRow || stats[row].last_ms < stats[oldest].last_ms) oldest = row;
  }
  evict(oldest);
}

std::uint64_t ItemState::bytes() const {
  constexpr std::uint64_t kNameBytes = 64;  // string, hash and map entry
  return index.size() * (sizeof(ItemStats) + sizeof(FactorRow) + 2 * sizeof(NeighbourRow) + kNameBytes);
}

void ItemState::evict(ItemRow row) {
  index.evict(row);
  stats.clear(row);
  covisit.clear(row);
  longterm.clear(row);
  for (SliceTops& slice : tops) {
    for (TopList& list : slice.lists) list.remove(row);
  }
  for (LatestRows& rows : latest) rows.remove(row);
  ++evictions;
}

ItemId ItemState::find_or_add(std::string_view name, std::uint64_t seed) {
  const ItemId known = index.find(name);
  if (known != ItemIndex::kNoItem) return known;
  const ItemRow row = make_room();
  factors.initialise(row, name, seed);
  return index.bind(name, row);
}

std::vector<ItemRow> ItemState::top_rows() const {
  std::vector<ItemRow> rows;
  std::vector<std::pair<float, ItemRow>> merged;
  for (std::size_t list = 0; list < kTopLists; ++list) {
    merged.clear();
    for (const SliceTops& slice : tops) {
      const TopList& top = slice.lists[list];
      for (std::size_t k = 0; k < top.rows().size(); ++k) merged.emplace_back(top.keys()[k], top.rows()[k]);
    }
    const std::size_t kept = std::min(merged.size(), TopList::kCapacity);
    if (kept < merged.size()) {
      std::partial_sort(merged.begin(), merged.begin() + static_cast<std::ptrdiff_t>(kept), merged.end(),
                        std::greater<>());
    }
    for (std::size_t k = 0; k < kept; ++k) rows.push_back(merged[k].second);
  }
  for (const SliceTops& slice : tops) {
    const std::size_t count = std::min(slice.born, kNewest / tops.size());
    for (std::size_t k = 0; k < count; ++k) rows.push_back(slice.newest[(slice.born - 1 - k) % kNewest]);
  }
  return rows;
}

void ItemState::save_part(const ItemCut& cut, ItemPart part, ItemRow row, ByteWriter& out) const {
  const auto save_neighbours = [&](const NeighbourTable& table) {
    const std::uint64_t sound_at = table.sound_at(row);
    table.save_row(
        row, [&](ItemId item) { return cut.is_worn(item, sound_at); }, out);
  };
  switch (part) {
    case ItemPart::index:
      return index.save_row(row, out);
    case ItemPart::stats:
      return out.put(stats[row]);
    case ItemPart::factors:
      return out.put(saved_factors(factors[row]));
    case ItemPart::covisit:
      return save_neighbours(covisit);
    case ItemPart::longterm:
      return save_neighbours(longterm);
  }
}

void ItemState::save_rest(ByteWriter& out) const {
  out.put(evictions);
  out.put(static_cast<std::uint64_t>(tops.size()));
  for (const SliceTops& slice : tops) out.put(slice);
}

void ItemState::watch(ItemCut* cut) {
  const auto gate = [cut](ItemPart part) { return cut == nullptr ? RowGate{} : cut->gate(part); };
  index.watch(gate(ItemPart::index));
  stats.watch(gate(ItemPart::stats));
  factors.watch(gate(ItemPart::factors));
  covisit.watch(gate(ItemPart::covisit));
  longterm.watch(gate(ItemPart::longterm));
}

bool ItemState::load(bool sets, ByteReader& in) {
  const auto load_row = sets ? &NeighbourTable::load_row : &NeighbourTable::load_row_without_sets;
  if (!index.load(in)) return false;
  rows_without_room = index.rows() > capacity ? index.rows() : 0;
  if (rows_without_room > 0) return false;
  for (ItemRow row = 0; row < index.rows() && in.ok(); ++row) {
    if (!index.bound(row)) continue;
    stats.mutable_row(row) = in.get<ItemStats>();
    factors.mutable_row(row) = restored_factors(in.get<SavedFactors>());
    if (!(covisit.*load_row)(row, in) || !(longterm.*load_row)(row, in)) return false;
  }
  evictions = in.get<std::uint64_t>();
  find_latest();
  return load_tops(in) && in.ok();
}

void ItemState::find_latest() {
  std::vector<ItemRow> rows;
  for (ItemRow row = 0; row < index.rows(); ++row) {
    if (index.bound(row) && stats[row].events > 0) rows.push_back(row);
  }
  const std::size_t count = std::min(rows.size(), latest.size() * LatestRows::kCapacity);
  std::partial_sort(
      rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(), [&](ItemRow a, ItemRow b) {
        return stats[a].last_ms != stats[b].last_ms ? stats[a].last_ms > stats[b].last_ms : a < b;
      });
  for (LatestRows& list : latest) list.clear();
  for (std::size_t k = count; k-- > 0;) latest[slice_of(rows[k], latest.size())].touch(rows[k]);
}

// As they were; lists kept for another number of slices are dealt out anew.
bool ItemState::load_tops(ByteReader& in) {
  const auto slices = in.get<std::uint64_t>();
  if (!in.ok() || slices > 4'096) return false;
  for (std::uint64_t s = 0; s < slices && in.ok(); ++s) {
    const auto saved = in.get<SliceTops>();
    if (!saved.within(index.rows())) return false;
    if (slices == tops.size()) {
      tops[s] = saved;
    } else {
      deal_out(saved);
    }
  }
  return true;
}

bool ItemState::SliceTops::within(ItemRow rows) const {
  const auto known = [rows](ItemRow row) { return row < rows; };
  return std::all_of(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(std::min(born, kNewest)),
                     known) &&
         std::all_of(lists.begin(), lists.end(), [&](const TopList& list) {
           return list.valid() && std::ranges::all_of(list.rows(), known);
         });
}

void ItemState::deal_out(const SliceTops& saved) {
  for (std::size_t list = 0; list < kTopLists; ++list) {
    const TopList& from = saved.lists[list];
    for (std::size_t k = 0; k < from.rows().size(); ++k) {
      tops[slice_of(from.rows()[k], tops.size())].lists[list].raise(from.rows()[k], from.keys()[k]);
    }
  }
  for (std::size_t k = std::min(saved.born, kNewest); k-- > 0;) {
    const ItemRow row = saved.newest[(saved.born - 1 - k) % kNewest];
    SliceTops& slice = tops[slice_of(row, tops.size())];
    slice.newest[slice.born++ % kNewest] = row;
  }
}

}  // namespace sluice::model

#include "model/item_index.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice::model {

std::uint64_t hash_item_name(std::string_view name) {
  return hash_name(name);
}

ItemRow ItemIndex::reserve() {
  if (!free_.empty()) {
    const ItemRow row = free_.back();
    free_.pop_back();
    return row;
  }
  if (rows_.size() >= kMaxItemRows) return kNoRow;
  rows_.emplace_back();
  return static_cast<ItemRow>(rows_.size() - 1);
}

ItemId ItemIndex::bind(std::string_view name, ItemRow row) {
  assert(!is_bound(row));
  gate_.before_write(row);
  Row& slot = rows_[row];
  slot.name.assign(name);
  slot.hash = hash_item_name(name);
  slot.place = static_cast<std::uint32_t>(live_.size());
  live_.push_back(row);
  lives_[row] = living_mark(generation(row));
  assert(find(name, slot.hash) == kNoItem);
  by_name_.insert(slot.hash, row);
  return id_of(row);
}

void ItemIndex::evict(ItemRow row) {
  assert(is_bound(row));
  gate_.before_write(row);
  gate_.before_write(live_.back());  // it changes places
  gate_.before_evict(row);
  Row& slot = rows_[row];
  by_name_.erase(slot.hash, row);
  slot.name = CompactName();
  live_[slot.place] = live_.back();
  rows_[live_.back()].place = slot.place;
  live_.pop_back();
  lives_[row] = static_cast<std::uint8_t>(generation(row) + 1);
  if (generation(row) == 0) wrapped_at_[row] = ++wraps_;
  has_evicted_ = true;
  free_.push_back(row);
}

void ItemIndex::save(ByteWriter& out) const {
  out.put(rows());
  for (ItemRow row = 0; row < rows(); ++row) save_row(row, out);
  out.put_array(std::span<const ItemRow>(live_));
  out.put_array(std::span<const ItemRow>(free_));
}

void ItemIndex::save_row(ItemRow row, ByteWriter& out) const {
  out.put(generation(row));
  out.put(static_cast<std::uint8_t>(is_bound(row)));
  if (is_bound(row)) out.put_string(rows_[row].name);
}

bool ItemIndex::load(ByteReader& in) {
  const auto count = in.get<std::uint32_t>();
  if (count > kMaxItemRows) return false;
  for (std::uint32_t row = 0; row < count && in.ok(); ++row) {
    rows_.emplace_back();
    lives_[row] = in.get<std::uint8_t>();
    has_evicted_ = has_evicted_ || lives_[row] != 0;
    if (in.get<std::uint8_t>() == 0) continue;
    const std::string_view name = in.get_string();
    if (!in.ok() || find(name) != kNoItem) return false;
    bind(name, row);
  }
  const auto live = in.get_array<ItemRow>();
  if (!restore_order(live)) return false;
  free_ = in.get_array<ItemRow>();
  std::vector<char> met(count);
  return in.ok() && std::ranges::all_of(free_, [&](ItemRow row) {
           return row < count && !is_bound(row) && std::exchange(met[row], 1) == 0;
         });
}

// `live` must be the rows of live_ in another order.
bool ItemIndex::restore_order(std::span<const ItemRow> live) {
  if (live.size() != live_.size()) return false;
  std::vector<char> met(rows_.size());
  for (std::uint32_t place = 0; place < live.size(); ++place) {
    const ItemRow row = live[place];
    if (!bound(row) || std::exchange(met[row], 1) != 0) return false;
    live_[place] = row;
    rows_[row].place = place;
  }
  return true;
}

}  // namespace sluice::model

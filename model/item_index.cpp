#include "model/item_index.h"

#include <xxhash.h>

#include <algorithm>
#include <cassert>

namespace sluice::model {

std::uint64_t hash_item_name(std::string_view name) {
  return XXH3_64bits(name.data(), name.size());
}

ItemId ItemIndex::find(std::string_view name) const {
  const auto found = by_name_.find(name_key(name));
  return found == by_name_.end() ? kNoItem : id_of(found->second);
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
  Row& slot = rows_[row];
  assert(!slot.bound);
  slot.name.assign(name);
  slot.hash = hash_item_name(name);
  slot.bound = true;
  const bool added = by_name_.emplace(name_key(slot.name), row).second;
  assert(added);
  (void)added;
  return id_of(row);
}

void ItemIndex::evict(ItemRow row) {
  Row& slot = rows_[row];
  assert(slot.bound);
  by_name_.erase(name_key(slot.name));
  slot.name.clear();
  slot.bound = false;
  ++slot.generation;
  free_.push_back(row);
}

void ItemIndex::save(ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(rows_.size()));
  for (const Row& row : rows_) {
    out.put(row.generation);
    out.put(static_cast<std::uint8_t>(row.bound));
    if (row.bound) out.put_string(row.name);
  }
  out.put_array(std::span<const ItemRow>(free_));
}

bool ItemIndex::load(ByteReader& in) {
  const auto count = in.get<std::uint32_t>();
  if (count > kMaxItemRows) return false;
  for (std::uint32_t row = 0; row < count && in.ok(); ++row) {
    rows_.emplace_back().generation = in.get<std::uint8_t>();
    if (in.get<std::uint8_t>() == 0) continue;
    const std::string_view name = in.get_string();
    if (!in.ok() || by_name_.contains(name_key(name))) return false;
    bind(name, row);
  }
  free_ = in.get_array<ItemRow>();
  return in.ok() && std::all_of(free_.begin(), free_.end(), [&](ItemRow row) { return row < count; });
}

}  // namespace sluice::model

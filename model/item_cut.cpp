#include "model/item_cut.h"

#include <cassert>
#include <cstring>
#include <utility>

#include "model/small_pages.h"

namespace sluice::model {

void RowGate::keep(ItemRow row) const {
  cut_->keep(part_, row);
}

void RowGate::remember_name(ItemRow row) const {
  cut_->remember_name(row);
}

ItemCut::ItemCut(const ItemState& items, Frame frame, std::size_t ranges)
    : items_(items),
      rows_(items.index.rows()),
      frame_(std::move(frame)),
      live_(items.index.live().size()),
      free_(items.index.free_rows().begin(), items.index.free_rows().end()),
      slices_(ranges),
      ranges_(ranges),
      ranges_left_(ranges),
      users_left_(ranges) {
  for (std::size_t k = 0; k < kItemParts; ++k) {
    Part& table = parts_.emplace_back(items.capacity);
    use_small_pages(table.kept);
    use_small_pages(table.record);
  }
  ByteWriter rest;
  items.save_rest(rest);
  rest_ = rest.take();
  for (std::size_t k = 0; k < ranges; ++k) {
    ranges_[k].next = static_cast<ItemRow>(std::uint64_t{rows_} * k / ranges);
    ranges_[k].end = static_cast<ItemRow>(std::uint64_t{rows_} * (k + 1) / ranges);
    if (ranges_[k].next == ranges_[k].end) --ranges_left_;
  }
}

RowGate ItemCut::gate(ItemPart which) {
  return {*this, which, part(which).kept.data()};
}

// The index's part begins with the row's place among the live ones, which the section has in another order.
void ItemCut::write(ItemPart which, ItemRow row, ByteWriter& out) const {
  if (which == ItemPart::index) {
    out.put(items_.index.bound(row) ? items_.index.live_place(row) : kUnbound);
  }
  items_.save_part(*this, which, row, out);
}

void ItemCut::keep(ItemPart which, ItemRow row) {
  Part& table = part(which);
  table.kept[row] = 1;
  if (row >= rows_) return;  // there was no such row
  Slice& slice = slices_[slice_of(row, slices_.size())];
  slice.record.clear();
  slice.record.put(std::uint32_t{0});
  write(which, row, slice.record);
  const auto bytes = slice.record.bytes();
  const auto size = static_cast<std::uint32_t>(bytes.size() - sizeof(std::uint32_t));
  slice.record.put_at(0, size);
  table.record[row] = slice.early.put(bytes).data();
}

void ItemCut::remember_name(ItemRow row) {
  if (row >= rows_) return;
  const std::uint8_t generation = generation_of(items_.index.id_of(row));
  former_.try_emplace(row,
                      Former{generation, items_.index.wrapped_at(row), std::string(items_.index.name(row))});
}

bool ItemCut::alive(ItemId item) const {
  if (!former_.empty()) {
    const auto former = former_.find(row_of(item));
    if (former != former_.end()) return former->second.generation == generation_of(item);
  }
  return items_.index.alive(item);
}

bool ItemCut::is_worn(ItemId item, std::uint64_t sound_at) const {
  if (items_.index.wraps() == 0) return false;
  const auto former = former_.find(row_of(item));
  if (former != former_.end()) return former->second.wrapped_at > sound_at;
  return items_.index.is_worn(item, sound_at);
}

std::string_view ItemCut::name(ItemRow row) const {
  const auto former = former_.find(row);
  return former == former_.end() ? items_.index.name(row) : std::string_view(former->second.name);
}

std::span<const std::byte> ItemCut::as_it_was(ItemPart which, ItemRow row, ByteWriter& record) {
  Part& table = part(which);
  if (std::exchange(table.kept[row], std::uint8_t{1}) == 0) {
    record.clear();
    write(which, row, record);
    return record.bytes();
  }
  std::uint32_t size = 0;
  std::memcpy(&size, table.record[row], sizeof size);
  return {table.record[row] + sizeof size, size};
}

// Returns what it did, in bytes.
std::size_t ItemCut::save_row(ItemRow row, Range& range) {
  constexpr std::size_t kRowWork = 64;
  const auto index = as_it_was(ItemPart::index, row, range.record);
  std::uint32_t place = 0;
  std::memcpy(&place, index.data(), sizeof place);
  std::size_t bytes = kRowWork + range.index.put(index.subspan(sizeof place)).size();
  if (place == kUnbound) {  // nothing of it is in the section; nor may it be put down after the cut is whole
    for (Part& table : parts_) table.kept[row] = 1;
    return bytes;
  }
  live_[place] = row;
  for (const ItemPart which : {ItemPart::stats, ItemPart::factors, ItemPart::covisit, ItemPart::longterm}) {
    bytes += range.rows.put(as_it_was(which, row, range.record)).size();
  }
  return bytes;
}

void ItemCut::save_some(std::size_t number, std::size_t bytes) {
  Range& range = ranges_[number];
  if (range.next == range.end) return;
  std::size_t done = 0;
  while (range.next < range.end && done < bytes) done += save_row(range.next++, range);
  if (range.next == range.end) ranges_left_.fetch_sub(1, std::memory_order_acq_rel);
}

Pieces ItemCut::take() {
  assert(whole());
  for (Slice& slice : slices_) slice.early.clear();
  Pieces section;
  ByteWriter record;
  section.put(frame_.head);
  record.put(rows_);
  section.put(record.bytes());
  for (Range& range : ranges_) section.append(std::move(range.index));
  record.clear();
  record.put_array(std::span<const ItemRow>(live_));
  record.put_array(std::span<const ItemRow>(free_));
  section.put(record.bytes());
  for (Range& range : ranges_) section.append(std::move(range.rows));
  section.put(rest_);
  section.put(frame_.tail);
  return section;
}

}  // namespace sluice::model

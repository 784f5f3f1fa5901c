#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/item_id.h"
#include "model/kernels.h"
#include "model/mapped_array.h"

namespace sluice::model {

// Small numbers for the few rows that one moment is about, so that what is summed up for them lies close
// together instead of all over the catalogue. Numbers count from 1 in the order of first use; 0 is for all
// other rows. They have 16 bits: the table is looked at in no order for each neighbour that is added up, and
// the smaller it is, the more of it stays in the caches. Not thread-safe.
class RowSlots {
 public:
  // So many numbers at most. A moment needs fewer: 40,961 for a history of the most that
  // limits.history_per_user may be and a quarter, 16,384 for items that the user had (find_had()), 98 for
  // each of the 60 neighbour rows that the signals read.
  static constexpr std::size_t kMost = 65'535;

  explicit RowSlots(std::size_t capacity) : slot_of_(capacity) {}

  // Makes room for that many more rows.
  void reserve(std::size_t rows) {
    assert(used_ + rows <= kMost);
    if (used_ + rows > rows_.size()) rows_.resize(2 * (used_ + rows));
  }
  // The row's number, a new one if need be; for one that reserve() made room for.
  std::uint32_t add(ItemRow row) { return number_row(row, slot_of_.data(), rows_.data(), used_); }
  // The same for the rows of all items of all parts, adding weights[k] * scales to the sum of items[k]; sums
  // by number.
  void add_to(FourFloats* sums, std::span<const WeightedItems> parts) {
    used_ = add_by_rows(parts, slot_of_.data(), rows_.data(), used_, sums);
  }
  // The same where items may be dead; `lives` is ItemIndex's.
  void add_living_to(FourFloats* sums, std::span<const WeightedItems> parts, const std::uint16_t* lives) {
    used_ = add_living_by_rows(parts, lives, slot_of_.data(), rows_.data(), used_, sums);
  }
  void prefetch(ItemRow row) const { prefetch_bytes(&slot_of_[row], sizeof(std::uint16_t)); }
  [[nodiscard]] std::uint32_t operator[](ItemRow row) const { return slot_of_[row]; }
  // By number, the first being 1.
  [[nodiscard]] std::span<const ItemRow> rows() const { return std::span(rows_).first(used_); }
  void reset() {
    for (const ItemRow row : rows()) slot_of_[row] = 0;
    used_ = 0;
  }

 private:
  MappedArray<std::uint16_t> slot_of_;  // by row
  std::vector<ItemRow> rows_;           // by number; the first used_ mean something
  std::uint32_t used_ = 0;
};

}  // namespace sluice::model

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/bytes.h"
#include "model/decay.h"
#include "model/item_id.h"
#include "model/watched_rows.h"

namespace sluice::model {

// The strongest followers of one item, unordered; weights decayed forward from the row's landmark.
struct NeighbourRow {
  static constexpr std::uint32_t kCapacity = 100;
  float mass;  // sum of the weights
  std::int32_t mark;
  std::uint32_t count;
  std::array<ItemId, kCapacity> items;
  std::array<float, kCapacity> weights;
};

// One co-occurrence. `amount` is already grown: weight * 2^((t - T0) / half_life), T0 being landmark `mark`.
struct NeighbourIncrement {
  ItemRow from;
  ItemId to;
  float amount;
  std::int32_t mark;
};

// A bounded sparse matrix of decayed item-to-item weights. A full row gives away the place of the smallest of
// a quarter of its entries.
// Reading is safe while nobody adds.
class NeighbourTable {
 public:
  NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life);

  void add(const NeighbourIncrement& increment);
  void clear(ItemRow row) {
    NeighbourRow& cleared = mutable_row(row);
    cleared.count = 0;
    cleared.mass = 0;
  }
  void save_row(ItemRow row, ByteWriter& out) const;
  [[nodiscard]] bool load_row(ItemRow row, ByteReader& in);
  // All but the weights, of which learning reads few; ranking reads all.
  void prefetch_items(ItemRow row) const { prefetch_bytes(&rows_[row], offsetof(NeighbourRow, weights)); }
  void prefetch(ItemRow row) const { prefetch_bytes(&rows_[row], sizeof(NeighbourRow)); }
  [[nodiscard]] const NeighbourRow& operator[](ItemRow row) const { return rows_[row]; }
  [[nodiscard]] NeighbourRow& mutable_row(ItemRow row) { return rows_.mutable_row(row); }
  void watch(RowGate gate) { rows_.watch(gate); }
  [[nodiscard]] const Decay& decay() const { return decay_; }

 private:
  Decay decay_;
  WatchedRows<NeighbourRow> rows_;
};

}  // namespace sluice::model

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

// Some of the strongest followers of one item, unordered; weights decayed forward from the set's landmark.
// Two cache lines: all but the weights lies in the first.
struct alignas(64) NeighbourSet {
  static constexpr std::uint32_t kCapacity = 14;
  std::array<ItemId, kCapacity> items;
  std::uint32_t mark_and_count;  // of 28 and 4 bits: the landmark, and how many entries mean something
  float mass;                    // sum of the weights
  std::array<float, kCapacity> weights;

  [[nodiscard]] std::int32_t mark() const { return static_cast<std::int32_t>(mark_and_count) >> 4; }
  [[nodiscard]] std::uint32_t count() const { return mark_and_count & 15U; }
  void set(std::int32_t mark, std::uint32_t count) {
    mark_and_count = static_cast<std::uint32_t>(mark) << 4 | count;
  }
  // Adds to that item's weight; a full set gives away the place of its smallest entry to a new one.
  void add(ItemId item, float amount, std::int32_t mark_of_amount);

 private:
  // Moves on to that landmark, unless it is older; returns what an amount grown from there is worth here.
  float reach(std::int32_t new_mark);
};
static_assert(sizeof(NeighbourSet) == 128);

// The strongest followers of one item. Each has its place in one set alone, as in a set-associative cache: so
// learning of one touches that set and not the whole row.
struct NeighbourRow {
  static constexpr std::size_t kSets = 7;
  static constexpr std::size_t kCapacity = kSets * NeighbourSet::kCapacity;
  std::array<NeighbourSet, kSets> sets;

  [[nodiscard]] static constexpr std::size_t set_of(ItemRow item) {
    constexpr std::uint32_t kSpread = 2'654'435'769;  // of 2^32: the golden section
    return std::uint64_t{item * kSpread} * kSets >> 32;
  }
  // Sum of all weights as they are now.
  [[nodiscard]] float mass(const Decay::Reader& now) const {
    float sum = 0;
    for (const NeighbourSet& set : sets) sum += now.read(DecayedSum<float>{set.mass, set.mark()});
    return sum;
  }
};

// One co-occurrence. `amount` is already grown: weight * 2^((t - T0) / half_life), T0 being landmark `mark`.
struct NeighbourIncrement {
  ItemRow from;
  ItemId to;
  float amount;
  std::int32_t mark;
};

// A bounded sparse matrix of decayed item-to-item weights. Reading is safe while nobody adds.
class NeighbourTable {
 public:
  NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life);

  void add(const NeighbourIncrement& increment) {
    NeighbourSet& set = mutable_row(increment.from).sets[NeighbourRow::set_of(row_of(increment.to))];
    set.add(increment.to, increment.amount, increment.mark);
  }
  // In their order. Asks ahead for what they change, for they are all over the table.
  void add_all(std::span<const NeighbourIncrement> increments);
  void clear(ItemRow row);
  void save_row(ItemRow row, ByteWriter& out) const;
  // False: damaged. As save_row() puts it, and as it was before rows had sets.
  [[nodiscard]] bool load_row(ItemRow row, ByteReader& in);
  [[nodiscard]] bool load_row_without_sets(ItemRow row, ByteReader& in);
  // What adding a follower touches, what scoring a few items reads, what ranking reads.
  void prefetch_set(ItemRow row, ItemRow to) const {
    prefetch_bytes(&rows_[row].sets[NeighbourRow::set_of(to)], sizeof(NeighbourSet));
  }
  void prefetch_items(ItemRow row) const {
    for (const NeighbourSet& set : rows_[row].sets) prefetch_bytes(&set, sizeof set / 2);
  }
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

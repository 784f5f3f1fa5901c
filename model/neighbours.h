#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/bytes.h"
#include "model/decay.h"
#include "model/item_index.h"
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
  // The others keep their order, so that it does not matter how many go at a time.
  template <typename IsWorn>
  void forget_worn(IsWorn is_worn) {
    std::uint32_t left = 0;
    float sum = 0;
    for (std::uint32_t k = 0; k < count(); ++k) {
      if (is_worn(items[k])) continue;
      items[left] = items[k];
      weights[left] = weights[k];
      sum += weights[left++];
    }
    if (left == count()) return;
    mass = sum;
    set(mark(), left);
  }

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
  // `index` is that of the items and outlives the table.
  NeighbourTable(const ItemIndex& index, std::size_t capacity, std::chrono::milliseconds half_life);

  void add(const NeighbourIncrement& increment) {
    if (!is_sound(increment.from)) [[unlikely]]
      forget_worn(increment.from);
    NeighbourSet& set = mutable_row(increment.from).sets[NeighbourRow::set_of(row_of(increment.to))];
    set.add(increment.to, increment.amount, increment.mark);
  }
  // In their order. Asks ahead for what they change, for they are all over the table.
  void add_all(std::span<const NeighbourIncrement> increments);
  void clear(ItemRow row);
  // Neighbours that are worn (ItemIndex::wraps()) are forgotten when something is added to their row; until
  // then readers use a copy without them.
  [[nodiscard]] bool is_sound(ItemRow row) const {
    return index_.wraps() == 0 || sound_at_[row] == index_.wraps();
  }
  [[nodiscard]] NeighbourRow without_worn(ItemRow row) const {
    return without(row, [&](ItemId item) { return index_.is_worn(item, sound_at_[row]); });
  }
  // ItemIndex::wraps() when no neighbour of the row was worn.
  [[nodiscard]] std::uint64_t sound_at(ItemRow row) const { return sound_at_[row]; }
  // Without the neighbours that are worn.
  template <typename IsWorn>
  void save_row(ItemRow row, IsWorn is_worn, ByteWriter& out) const {
    if (index_.wraps() == 0) return save_row(rows_[row], out);
    save_row(without(row, is_worn), out);
  }
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
  template <typename IsWorn>
  [[nodiscard]] NeighbourRow without(ItemRow row, IsWorn is_worn) const {
    NeighbourRow copy = rows_[row];
    for (NeighbourSet& set : copy.sets) set.forget_worn(is_worn);
    return copy;
  }
  void forget_worn(ItemRow row);
  static void save_row(const NeighbourRow& neighbours, ByteWriter& out);

  const ItemIndex& index_;
  Decay decay_;
  WatchedRows<NeighbourRow> rows_;
  MappedArray<std::uint64_t> sound_at_;  // by row; hardly ever touched
};

}  // namespace sluice::model

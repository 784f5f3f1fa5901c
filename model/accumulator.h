#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "model/item_index.h"
#include "model/kernels.h"
#include "model/neighbours.h"
#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// Sparse sums over items, four of them side by side, by the slots of a moment; all are zero between moments.
class Accumulator {
 public:
  using Sums = FourFloats;

  // `index` knows which neighbours live, `slots` is the scorer's; both outlive this.
  Accumulator(const ItemIndex& index, RowSlots& slots) : index_(index), slots_(slots), sums_(1) {}

  static_assert(NeighbourSet::kCapacity == WeightedItems::kRoom);

  // The item's neighbours, without those that are worn. Good until sum_up().
  [[nodiscard]] const NeighbourRow& sound_row(const NeighbourTable& table, ItemRow row) {
    if (table.is_sound(row)) [[likely]]
      return table[row];
    return copies_.emplace_back(table.without_worn(row));
  }
  // Lists what sum_up() adds: to the sums of each neighbour its worth * scales. The row must stay until then.
  void add(const NeighbourRow& row, const Decay::Reader& now, const Sums& scales) {
    for (const NeighbourSet& set : row.sets) {
      if (set.count() == 0) continue;
      const Sums worth = now.read(DecayedSum<float>{1.0F, set.mark()}) * scales;
      parts_.push_back({set.items.data(), set.weights.data(), set.count(), worth});
    }
  }
  // For all neighbours, or for those that pass the filter.
  void sum_up(const RowFilter& filter) {
    const std::size_t most = parts_.size() * NeighbourSet::kCapacity;
    slots_.reserve(most);
    if (slots_.rows().size() + most >= sums_.size()) sums_.resize(2 * (slots_.rows().size() + most));
    if (!filter.passes_all()) {
      add_passing(filter);
    } else if (index_.has_evicted()) {
      slots_.add_living_to(sums_.data(), parts_, index_.lives());
    } else {
      slots_.add_to(sums_.data(), parts_);
    }
    used_ = slots_.rows().size();
    parts_.clear();
    copies_.clear();
  }
  [[nodiscard]] const Sums& operator[](ItemRow row) const {
    const std::uint32_t slot = slots_[row];
    return sums_[slot < sums_.size() ? slot : 0];
  }
  // Slots above, the first being number 1, have no sums.
  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] bool empty() const { return used_ == 0; }
  // The first sum of each of these slots.
  void copy_first(std::span<float> out) const {
    for (std::size_t k = 0; k < used_; ++k) out[k] = sums_[k + 1][0];
  }
  // Before the slots are.
  void reset() {
    std::fill_n(sums_.begin(), used_ + 1, Sums{});
    used_ = 0;
  }

 private:
  struct Passing {
    const WeightedItems* part;
    std::uint32_t k;
  };

  // Weights are in other cache lines than what is looked for: they are asked for while that goes on.
  void add_passing(const RowFilter& filter) {
    const bool may_be_dead = index_.has_evicted();
    passing_.clear();
    std::array<std::uint32_t, NeighbourSet::kCapacity> places;
    for (const WeightedItems& part : parts_) {
      const std::size_t count = filter.find_passing({part.items, part.count}, places.data());
      for (const std::uint32_t k : std::span(places).first(count)) {
        prefetch_bytes(&part.weights[k], sizeof(float));
        if (may_be_dead) index_.prefetch_life(row_of(part.items[k]));
        passing_.push_back({&part, k});
      }
    }
    for (const auto& [part, k] : passing_) {
      if (may_be_dead && !index_.alive(part->items[k])) continue;
      sums_[slots_.add(row_of(part->items[k]))] += part->weights[k] * part->scales;
    }
  }

  const ItemIndex& index_;
  RowSlots& slots_;
  std::deque<NeighbourRow> copies_;   // of rows with worn neighbours
  std::vector<WeightedItems> parts_;  // to be summed up
  std::vector<Passing> passing_;      // of those, where a filter says so
  std::vector<Sums> sums_;            // by slot; that of slot 0 stays zero
  std::size_t used_ = 0;              // see size()
};

}  // namespace sluice::model

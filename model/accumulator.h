#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// Sparse sums over items, four of them side by side, by the slots of a moment; all are zero between moments.
class Accumulator {
 public:
  using Sums [[gnu::vector_size(4 * sizeof(float))]] = float;

  // `slots` is the scorer's and outlives this.
  explicit Accumulator(RowSlots& slots) : slots_(slots), sums_(1) {}

  // Adds weights[k] * scales to the sums of items[k], for all or for those that pass the filter.
  void add(std::span<const ItemId> items, std::span<const float> weights, const Sums& scales,
           const RowFilter& filter) {
    slots_.reserve(items.size());
    if (slots_.rows().size() + items.size() >= sums_.size()) {
      sums_.resize(2 * (slots_.rows().size() + items.size()));
    }
    const auto add_one = [&](std::size_t k) { sums_[slots_.add(row_of(items[k]))] += weights[k] * scales; };
    if (filter.passes_all()) {
      for (std::size_t k = 0; k < items.size(); ++k) add_one(k);
    } else {
      filter.for_each_passing(items, add_one);
    }
    used_ = slots_.rows().size();
  }
  [[nodiscard]] const Sums& operator[](ItemRow row) const {
    const std::uint32_t slot = slots_[row];
    return sums_[slot < sums_.size() ? slot : 0];
  }
  // visit(slot, row, first sum) for all slots in use, also those whose sum is zero.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t slot = 1; slot <= used_; ++slot) visit(slot, slots_.rows()[slot - 1], sums_[slot][0]);
  }
  [[nodiscard]] bool empty() const { return used_ == 0; }
  // Before the slots are.
  void reset() {
    std::fill_n(sums_.begin(), used_ + 1, Sums{});
    used_ = 0;
  }

 private:
  RowSlots& slots_;
  std::vector<Sums> sums_;  // by slot; that of slot 0 stays zero
  std::size_t used_ = 0;    // slots above have no sum
};

}  // namespace sluice::model

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/kernels.h"
#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// Sparse sums over items, four of them side by side, by the slots of a moment; all are zero between moments.
class Accumulator {
 public:
  using Sums = FourFloats;

  // `slots` is the scorer's and outlives this.
  explicit Accumulator(RowSlots& slots) : slots_(slots), sums_(1) {}

  // Adds weights[k] * scales to the sums of items[k], for all or for those that pass the filter.
  void add(std::span<const ItemId> items, std::span<const float> weights, const Sums& scales,
           const RowFilter& filter) {
    slots_.reserve(items.size());
    if (slots_.rows().size() + items.size() >= sums_.size()) {
      sums_.resize(2 * (slots_.rows().size() + items.size()));
    }
    if (filter.passes_all()) {
      slots_.add_to(sums_.data(), items, weights.data(), scales);
    } else {
      numbers_.resize(items.size());
      const std::size_t passing = filter.find_passing(items, numbers_.data());
      for (const std::uint32_t k : std::span(numbers_).first(passing)) {
        sums_[slots_.add(row_of(items[k]))] += weights[k] * scales;
      }
    }
    used_ = slots_.rows().size();
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
  RowSlots& slots_;
  std::vector<std::uint32_t> numbers_;
  std::vector<Sums> sums_;  // by slot; that of slot 0 stays zero
  std::size_t used_ = 0;    // see size()
};

}  // namespace sluice::model

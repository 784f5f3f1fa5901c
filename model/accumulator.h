#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "model/item_id.h"
#include "model/mapped_array.h"

namespace sluice::model {

// Sparse sums over items, `Width` of them side by side: a dense array that is all zero between uses, and the
// list of rows to reset.
template <std::size_t Width>
class Accumulator {
 public:
  using Sums = std::array<float, Width>;

  explicit Accumulator(std::size_t capacity) : sums_(capacity) {}

  // The sums of a row, for adding to them; the first must end up greater than zero.
  [[nodiscard]] Sums& of(ItemRow row) {
    if (sums_[row][0] == 0.0F) touched_.push_back(row);
    return sums_[row];
  }
  [[nodiscard]] const Sums& operator[](ItemRow row) const { return sums_[row]; }
  // Rows with a sum. (One whose first sum vanished in rounding may stand here twice.)
  [[nodiscard]] std::span<const ItemRow> touched() const { return touched_; }
  void reset() {
    for (const ItemRow row : touched_) sums_[row] = {};
    touched_.clear();
  }

 private:
  MappedArray<Sums> sums_;
  std::vector<ItemRow> touched_;
};

}  // namespace sluice::model

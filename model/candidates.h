#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/item_view.h"
#include "model/mapped_array.h"
#include "model/scorer.h"

namespace sluice::model {

// Gathers the items worth scoring exactly for one user: neighbours of the latest items, the user's own items,
// the most popular of each half-life, the newest. Not thread-safe.
class CandidateFinder {
 public:
  explicit CandidateFinder(std::size_t capacity) : stamp_of_(capacity) {}

  // Distinct rows, at most `most` unless the fixed sources alone are more. The scorer has begun the moment.
  [[nodiscard]] std::span<const ItemRow> find(const Scorer& scorer, std::span<const ItemRow> top_rows,
                                              std::size_t most);
  // Appends to `rows` further ones, from the catalogue's start, until `count` that are eligible are found or
  // none is left.
  template <typename Eligible>
  void deepen(ItemRow catalogue, std::size_t count, Eligible eligible, std::vector<ItemRow>& rows) const {
    for (ItemRow row = 0; row < catalogue && count > 0; ++row) {
      if (stamp_of_[row] == stamp_ || !eligible(row)) continue;
      rows.push_back(row);
      --count;
    }
  }

 private:
  void add(ItemRow row) {
    if (stamp_of_[row] == stamp_) return;
    stamp_of_[row] = stamp_;
    found_.push_back(row);
  }
  template <std::size_t Width>
  void add_strongest(const Accumulator<Width>& sums, std::size_t most);

  MappedArray<std::uint32_t> stamp_of_;
  std::uint32_t stamp_ = 0;
  std::vector<ItemRow> found_;
  std::vector<std::pair<float, ItemRow>> strongest_;
};

}  // namespace sluice::model

#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/accumulator.h"
#include "model/scorer.h"

namespace sluice::model {

// Gathers the items worth scoring exactly for one user: neighbours of the latest items, the user's own items,
// the most popular of each half-life, the newest. Not thread-safe.
class CandidateFinder {
 public:
  // Distinct rows, at most `most` unless the fixed sources alone are more. The scorer has begun the moment.
  [[nodiscard]] std::span<const ItemRow> find(Scorer& scorer, std::span<const ItemRow> top_rows,
                                              std::size_t most);
  // Appends to `rows` further ones, from the catalogue's start, until `count` that are eligible are found or
  // none is left. In the same moment as find().
  template <typename Eligible>
  void deepen(const Scorer& scorer, ItemRow catalogue, std::size_t count, Eligible eligible,
              std::vector<ItemRow>& rows) const {
    for (ItemRow row = 0; row < catalogue && count > 0; ++row) {
      const std::uint32_t slot = scorer.slots()[row];
      if ((slot < found_slot_.size() && found_slot_[slot] != 0) || !eligible(row)) continue;
      rows.push_back(row);
      --count;
    }
  }

 private:
  void add(RowSlots& slots, ItemRow row);
  template <std::size_t Width>
  void add_strongest(RowSlots& slots, const Accumulator<Width>& sums, std::size_t most);

  std::vector<ItemRow> found_;
  std::vector<char> found_slot_;                              // by slot
  std::vector<std::uint32_t> bins_;                           // how many sums are in each
  std::vector<std::pair<std::uint32_t, ItemRow>> strongest_;  // bin and row
};

}  // namespace sluice::model

#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/accumulator.h"
#include "model/scorer.h"

namespace sluice::model {

// Gathers the items worth scoring exactly for one user beside those that are candidates of every list:
// neighbours of the latest items and the user's own items. Not thread-safe.
class CandidateFinder {
 public:
  // Distinct rows that the signals gave a slot, those of `common` among them; with the others of `common` at
  // most `most`, unless they and the user's own alone are more. The scorer has begun the moment.
  [[nodiscard]] std::span<const ItemRow> find(Scorer& scorer, std::span<const ItemRow> common,
                                              std::size_t most);

 private:
  void add(const RowSlots& slots, ItemRow row);
  void add_strongest(const RowSlots& slots, const Accumulator& sums, std::size_t most);

  std::vector<ItemRow> found_;
  std::vector<char> is_found_;                                // by slot
  std::vector<std::uint32_t> bins_;                           // how many sums are in each
  std::vector<std::pair<std::uint32_t, ItemRow>> strongest_;  // bin and row
};

}  // namespace sluice::model

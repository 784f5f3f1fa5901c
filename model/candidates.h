#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/accumulator.h"
#include "model/scorer.h"

namespace sluice::model {

// Gathers the items worth scoring exactly for one user beside those that are candidates of every list:
// neighbours of the latest items and the user's own items. Not thread-safe.
class CandidateFinder {
 public:
  // Distinct rows that the signals gave a slot, none of `common` among them and none whose slot is not 0 in
  // `unwanted` (of slots().rows().size() + 1); with `common` at most `most`, but no fewer than half of that
  // if there are so many. The scorer has begun the moment.
  [[nodiscard]] std::span<const ItemRow> find(Scorer& scorer, std::span<const ItemRow> common,
                                              std::span<const std::uint8_t> unwanted, std::size_t most);

 private:
  void add_strongest(const RowSlots& slots, const Accumulator& sums, std::size_t most);

  std::vector<ItemRow> found_;
  std::vector<std::uint8_t> is_found_;  // by slot
  // Of the rows that have a sum, by their slots.
  std::vector<float> keys_;
  std::vector<std::uint16_t> bin_;
};

}  // namespace sluice::model

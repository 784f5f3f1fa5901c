#pragma once

#include <cstdint>

#include "model/item_id.h"

namespace sluice::model {

// What a snapshot holds of an item's row, in its order; each part has a table of its own.
enum class ItemPart : std::uint8_t { index, stats, factors, covisit, longterm };
inline constexpr std::size_t kItemParts = 5;

class ItemCut;

// Stands before the writes to a table of items: while a cut is open, a row that changes for the first time is
// put down as it was. Costs a test of a pointer when no cut is open, and of a byte when one is.
class RowGate {
 public:
  RowGate() = default;  // no cut is open
  RowGate(ItemCut& cut, ItemPart part, const std::uint8_t* kept) : kept_(kept), cut_(&cut), part_(part) {}

  void before_write(ItemRow row) const {
    if (kept_ != nullptr && kept_[row] == 0) [[unlikely]]
      keep(row);
  }
  // The row's name and generation are about to go.
  void before_evict(ItemRow row) const {
    if (kept_ != nullptr) remember_name(row);
  }

 private:
  void keep(ItemRow row) const;
  void remember_name(ItemRow row) const;

  const std::uint8_t* kept_ = nullptr;  // by row: not 0 when it was put down
  ItemCut* cut_ = nullptr;
  ItemPart part_{};
};

}  // namespace sluice::model

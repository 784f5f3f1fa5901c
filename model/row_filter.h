#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/item_id.h"

namespace sluice::model {

// Which rows a scorer will be asked for: all, or a few. Small enough for the L1 cache: a byte for each value
// of a row's low bits, so a row that was not named may pass, but one that was named always does.
class RowFilter {
 public:
  RowFilter() { table_.fill(1); }

  void pass_all() {
    if (passes_all()) return;
    table_.fill(1);
    named_.clear();
  }
  void pass_only(std::span<const ItemRow> rows) {
    if (named_.empty()) {
      table_.fill(0);
    } else {
      for (const ItemRow row : named_) table_[row % kSize] = 0;
    }
    named_.assign(rows.begin(), rows.end());
    for (const ItemRow row : rows) table_[row % kSize] = 1;
  }
  [[nodiscard]] bool passes_all() const { return named_.empty() && table_[0] != 0; }
  [[nodiscard]] bool passes(ItemRow row) const { return table_[row % kSize] != 0; }

  // Writes the places of the items that pass to `places`, which has room for all; their number. Without
  // branches, for none could be foretold.
  [[nodiscard]] std::size_t find_passing(std::span<const ItemId> items, std::uint32_t* places) const {
    std::size_t count = 0;
    for (std::size_t at = 0; at < items.size(); ++at) {
      places[count] = static_cast<std::uint32_t>(at);
      count += table_[row_of(items[at]) % kSize];
    }
    return count;
  }

 private:
  static constexpr std::size_t kSize = 4096;

  std::array<std::uint8_t, kSize> table_;
  std::vector<ItemRow> named_;  // empty: all pass, or none was named
};

}  // namespace sluice::model

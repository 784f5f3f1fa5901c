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

  // visit(place) for each of the items that passes.
  template <typename Visit>
  void for_each_passing(std::span<const ItemId> items, Visit visit) const {
    constexpr std::size_t kUnroll = 4;
    std::size_t at = 0;
    for (; at + kUnroll <= items.size(); at += kUnroll) {
      const std::array<std::uint8_t, kUnroll> pass = {byte(items[at]), byte(items[at + 1]),
                                                      byte(items[at + 2]), byte(items[at + 3])};
      if ((pass[0] | pass[1] | pass[2] | pass[3]) == 0) continue;
      for (std::size_t k = 0; k < kUnroll; ++k) {
        if (pass[k] != 0) visit(at + k);
      }
    }
    for (; at < items.size(); ++at) {
      if (byte(items[at]) != 0) visit(at);
    }
  }

 private:
  static constexpr std::size_t kSize = 4096;
  [[nodiscard]] std::uint8_t byte(ItemId item) const { return table_[row_of(item) % kSize]; }

  std::array<std::uint8_t, kSize> table_;
  std::vector<ItemRow> named_;  // empty: all pass, or none was named
};

}  // namespace sluice::model

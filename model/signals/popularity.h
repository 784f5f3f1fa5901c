#pragma once

#include <array>
#include <string_view>

#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/reach.h"
#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// How often an item is taken of late, at several half-lives, and ever: ln(1 + decayed sum of weights).
class PopularitySignal {
 public:
  static constexpr Reach kReach = Reach::everybody;
  static constexpr std::array<std::string_view, 6> kColumns = {"pop_15m", "pop_1h",  "pop_1d",
                                                               "pop_7d",  "pop_30d", "pop_all"};
  PopularitySignal(const ItemView& view, RowSlots&) : items_(view.items) {}

  void begin(const Moment&, const RowFilter&) {}
  void fill(const Moment& moment, std::span<const ItemRow> rows, ColumnsOf out) const {
    const auto readers = items_.stats.readers(moment.now);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const ItemStats& stats = items_.stats[rows[k]];
      for (std::size_t h = 0; h < kHalfLives.size(); ++h)
        out[h][k] = ItemStatsTable::read(stats, h, readers[h]);
      out[kHalfLives.size()][k] = static_cast<float>(stats.total);
    }
    for (std::size_t c = 0; c < kColumns.size(); ++c) log1p_in_place(out[c]);
  }
  void end() {}

 private:
  const ItemState& items_;
};

}  // namespace sluice::model

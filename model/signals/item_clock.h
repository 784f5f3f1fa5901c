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

// Where an item stands in its life: -ln(1 + minutes) since its first event and since its last one, so that
// greater is fresher.
class ItemClockSignal {
 public:
  static constexpr Reach kReach = Reach::everybody;
  static constexpr std::array<std::string_view, 2> kColumns = {"fresh", "active"};
  ItemClockSignal(const ItemView& view, RowSlots&) : items_(view.items) {}

  void begin(const Moment&, const RowFilter&) {}
  void fill(const Moment& moment, std::span<const ItemRow> rows, ColumnsOf out) const {
    const std::int64_t now = to_unix_ms(moment.now);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const ItemStats& stats = items_.stats[rows[k]];
      out[0][k] = static_cast<float>(now - stats.first_ms) * kMinutesPerMs;
      out[1][k] = static_cast<float>(now - stats.last_ms) * kMinutesPerMs;
    }
    for (std::size_t c = 0; c < kColumns.size(); ++c) {
      log1p_in_place(out[c]);
      for (float& value : out[c]) value = -value;
    }
  }
  void end() {}

 private:
  static constexpr float kMinutesPerMs = 1.0F / 60'000.0F;
  const ItemState& items_;
};

}  // namespace sluice::model

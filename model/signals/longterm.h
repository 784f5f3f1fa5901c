#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "model/accumulator.h"
#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/reach.h"
#include "model/row_filter.h"

namespace sluice::model {

// Item-to-item over a user's longer past: what users took who ever took the last twenty items of this one.
// Columns as in CovisitSignal: the plain sum, the cosine (by the item's count ever), the share.
class LongtermSignal {
 public:
  static constexpr Reach kReach = Reach::touched;
  static constexpr std::array<std::string_view, 3> kColumns = {"longterm", "longterm_cosine",
                                                               "longterm_share"};
  static constexpr std::size_t kItems = 20;

  LongtermSignal(const ItemView& view, RowSlots& slots)
      : items_(view.items), sums_(view.items.index, slots) {}

  void begin(const Moment& moment, const RowFilter& filter) {
    const Decay::Reader reader = items_.longterm.decay().reader(moment.now);
    std::array<ItemId, kItems> distinct;
    const std::size_t count = last_distinct(moment.history, items_.index, distinct);
    if (filter.passes_all()) {
      for (std::size_t i = 0; i < count; ++i) items_.longterm.prefetch(row_of(distinct[i]));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (!items_.index.alive(distinct[i])) continue;
      const NeighbourRow& row = sums_.sound_row(items_.longterm, row_of(distinct[i]));
      const float mass = 1.0F + row.mass(reader);
      const Accumulator::Sums scales = {1.0F, 1.0F / std::sqrt(mass), 1.0F / mass};
      sums_.add(row, reader, scales);
    }
    sums_.sum_up(filter);
  }
  void fill(const Moment&, std::span<const ItemRow> rows, ColumnsOf out) const {
    std::array<float, Columns::kBlock> squares;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Accumulator::Sums& sums = sums_[rows[k]];
      const auto count = static_cast<float>(std::max(0.0, items_.stats[rows[k]].total));
      out[0][k] = sums[0];
      out[1][k] = 10.0F * sums[1];
      squares[k] = 2.0F + count;
      out[2][k] = 100.0F * sums[2];
    }
    if (sums_.empty()) return;  // all are 0, and so are their logarithms
    divide_by_roots(out[1], std::span(squares).first(rows.size()));
    for (std::size_t c = 0; c < kColumns.size(); ++c) log1p_in_place(out[c]);
  }
  void end() { sums_.reset(); }
  [[nodiscard]] const Accumulator& sums() const { return sums_; }

  // The newest distinct items of a history that live or are new in this epoch, newest first.
  static std::size_t last_distinct(std::span<const HistoryEntry> history, const ItemIndex& index,
                                   std::span<ItemId> out) {
    std::size_t count = 0;
    for (std::size_t i = history.size(); i-- > 0 && count < out.size();) {
      if (!index.alive_or_new(history[i].item)) continue;
      const ItemId* const end = out.data() + count;
      if (std::find<const ItemId*>(out.data(), end, history[i].item) == end) out[count++] = history[i].item;
    }
    return count;
  }

 private:
  const ItemState& items_;
  Accumulator sums_;
};

}  // namespace sluice::model

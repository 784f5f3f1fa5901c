#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/products.h"
#include "model/row_filter.h"
#include "model/row_slots.h"
#include "model/signals/covisit.h"
#include "model/signals/item_clock.h"
#include "model/signals/longterm.h"
#include "model/signals/personal.h"
#include "model/signals/popularity.h"
#include "model/signals/sequence_factors.h"

namespace sluice::model {

// The parts of the blend. A signal is one file in signals/ and one line here. It has
//   kColumns                       the names of its features;
//   Signal(items, slots)           slots: for sums by item, see Accumulator;
//   begin(moment, filter)          gathers what is personal to the user of that moment, for rows that pass;
//   fill(moment, rows, columns)    writes its features of those items, greater is better when used alone;
//   end()                          forgets the moment.
using Signals = std::tuple<PopularitySignal, ItemClockSignal, CovisitSignal, LongtermSignal,
                           SequenceFactorsSignal, PersonalSignal>;

template <typename Tuple>
struct ColumnCount;
template <typename... Signal>
struct ColumnCount<std::tuple<Signal...>> {
  static constexpr std::size_t kValue = (Signal::kColumns.size() + ...);
};
inline constexpr std::size_t kSignalColumns = ColumnCount<Signals>::kValue;
inline constexpr std::size_t kColumnCount = kSignalColumns + kProducts.size();

// Names of all columns, in order.
[[nodiscard]] std::vector<std::string> column_names();

// Computes the features of candidates for one moment at a time. Not thread-safe; reads the item state.
class Scorer {
 public:
  Scorer(const ItemView& items, std::size_t capacity);

  // For any rows; or for these only, which costs less.
  void begin(const Moment& moment);
  void begin(const Moment& moment, std::span<const ItemRow> rows);
  // Features of at most Columns::kBlock rows; valid until the next fill().
  const Columns& fill(std::span<const ItemRow> rows);
  void end();

  // Of the moment; others may number further rows until end().
  [[nodiscard]] RowSlots& slots() { return slots_; }
  [[nodiscard]] const RowSlots& slots() const { return slots_; }
  template <typename Signal>
  [[nodiscard]] const Signal& signal() const {
    return std::get<Signal>(signals_);
  }

 private:
  void begin_signals(const Moment& moment);
  void fill_products();

  struct ProductColumns {
    std::size_t left;
    std::size_t right;
  };
  RowSlots slots_;
  Signals signals_;
  std::array<ProductColumns, kProducts.size()> products_;
  RowFilter filter_;
  Columns columns_;
  std::vector<ItemRow> padded_rows_;
  Moment moment_;
};

}  // namespace sluice::model

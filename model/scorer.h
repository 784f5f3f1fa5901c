#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/products.h"
#include "model/row_filter.h"
#include "model/row_slots.h"
#include "model/signals/bias.h"
#include "model/signals/covisit.h"
#include "model/signals/item_clock.h"
#include "model/signals/longterm.h"
#include "model/signals/personal.h"
#include "model/signals/popularity.h"
#include "model/signals/sequence_factors.h"

namespace sluice::model {

// The parts of the blend. A signal is one file in signals/ and one line here, by its reach. It has
//   kReach, kColumns               whom its features depend on, and their names;
//   Signal(items, slots)           slots: for sums by item, see Accumulator;
//   begin(moment, filter)          gathers what is personal to the user of that moment, for rows that pass;
//   fill(moment, rows, columns)    writes its features of those items, greater is better when used alone;
//   end()                          forgets the moment.
using Signals = std::tuple<PopularitySignal, ItemClockSignal, BiasSignal, SequenceFactorsSignal,
                           CovisitSignal, LongtermSignal, PersonalSignal>;

// Columns are in the order of their reach; within it first those of signals, then those of products.
template <typename Tuple>
struct ColumnsUpTo;
template <typename... Signal>
struct ColumnsUpTo<std::tuple<Signal...>> {
  [[nodiscard]] static constexpr std::size_t count(Reach reach) {
    std::size_t columns = ((Signal::kReach <= reach ? Signal::kColumns.size() : 0) + ...);
    for (const Product& product : kProducts) columns += static_cast<std::size_t>(product.reach <= reach);
    return columns;
  }
};
inline constexpr std::size_t kColumnCount = ColumnsUpTo<Signals>::count(Reach::touched);
inline constexpr ColumnRange kCommonColumns = {0, ColumnsUpTo<Signals>::count(Reach::everybody)};
inline constexpr ColumnRange kPersonalColumns = {kCommonColumns.count, kColumnCount - kCommonColumns.count};
// Those of the personal ones that are not 0 where nothing else is known of the user and the item.
inline constexpr ColumnRange kUserColumns = {kCommonColumns.count,
                                             ColumnsUpTo<Signals>::count(Reach::user) - kCommonColumns.count};
inline constexpr ColumnRange kTouchedColumns = {ColumnsUpTo<Signals>::count(Reach::user),
                                                kColumnCount - ColumnsUpTo<Signals>::count(Reach::user)};

// Touched columns can be filled alone.
template <typename Tuple>
struct TouchedProducts;
template <typename... Signal>
struct TouchedProducts<std::tuple<Signal...>> {
  [[nodiscard]] static constexpr bool stand_alone() {
    const auto is_touched = [](std::string_view name) {
      const auto has = [&](const auto& columns) { return std::ranges::find(columns, name) != columns.end(); };
      return ((Signal::kReach == Reach::touched && has(Signal::kColumns)) || ...);
    };
    return std::ranges::all_of(kProducts, [&](const Product& product) {
      return product.reach != Reach::touched || (is_touched(product.left) && is_touched(product.right));
    });
  }
};
static_assert(TouchedProducts<Signals>::stand_alone(), "a product of touched columns needs others");

// The reach `user` is that of the factors and of their products with what is for everybody.
template <typename Tuple>
struct UserColumns;
template <typename... Signal>
struct UserColumns<std::tuple<Signal...>> {
  [[nodiscard]] static constexpr bool are_products_of_factors() {
    constexpr std::string_view kFactors = SequenceFactorsSignal::kColumns[0];
    const bool alone =
        ((Signal::kReach != Reach::user || std::is_same_v<Signal, SequenceFactorsSignal>)&&...);
    return alone && std::ranges::all_of(kProducts, [&](const Product& product) {
             return product.reach != Reach::user || (product.left == kFactors) != (product.right == kFactors);
           });
  }
};
static_assert(UserColumns<Signals>::are_products_of_factors(), "Scorer::fill_slopes() relies on it");

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
  // The same into a block of kColumnCount columns.
  void fill(std::span<const ItemRow> rows, Columns& block);
  // Only those of one reach, into a block of kColumnCount columns that has these rows and, where products
  // need them, the columns of lesser reach. Those for everybody need no begin().
  void fill(Reach reach, const Moment& moment, std::span<const ItemRow> rows, Columns& block);
  // Columns of the reach `user` of a block that has those for everybody, as they are where the product of
  // factors is 1: all of them are proportional to it. Needs no begin().
  void fill_slopes(Columns& block) const;
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
  void fill_products(Reach reach, Columns& block) const;
  [[nodiscard]] std::span<const ItemRow> pad(std::span<const ItemRow> rows);

  struct ProductColumns {
    std::size_t left;
    std::size_t right;
    std::size_t out;
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

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

// How likely an item is for anybody, as the factors learn it: b_i of FactorLearner.
class BiasSignal {
 public:
  static constexpr Reach kReach = Reach::everybody;
  static constexpr std::array<std::string_view, 1> kColumns = {"bias"};
  BiasSignal(const ItemView& view, RowSlots&) : view_(view) {}

  void begin(const Moment&, const RowFilter&) {}
  void fill(const Moment&, std::span<const ItemRow> rows, ColumnsOf out) const {
    for (std::size_t k = 0; k < rows.size(); ++k) out[0][k] = view_.factors[rows[k]].bias;
  }
  void end() {}

 private:
  ItemView view_;
};

}  // namespace sluice::model

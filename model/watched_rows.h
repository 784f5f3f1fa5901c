#pragma once

#include <cstddef>

#include "model/item_id.h"
#include "model/mapped_array.h"
#include "model/row_gate.h"

namespace sluice::model {

// A table by item row. While a cut is open it is told before a row changes.
template <typename Row>
class WatchedRows {
 public:
  explicit WatchedRows(std::size_t capacity) : rows_(capacity) {}

  [[nodiscard]] const Row& operator[](ItemRow row) const { return rows_[row]; }
  [[nodiscard]] Row& mutable_row(ItemRow row) {
    gate_.before_write(row);
    return rows_[row];
  }
  void watch(RowGate gate) { gate_ = gate; }

 private:
  RowGate gate_;
  MappedArray<Row> rows_;
};

}  // namespace sluice::model

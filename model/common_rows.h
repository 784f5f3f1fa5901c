#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/types.h"
#include "model/columns.h"
#include "model/item_id.h"
#include "model/scorer.h"

namespace sluice::model {

// The rows that are candidates of every list, and their features that are the same for everybody: good for
// all lists of one moment of the stream. Not thread-safe.
class CommonRows {
 public:
  CommonRows() : block_(kColumnCount) {}

  // Whether they were gathered for this time, after so many events.
  [[nodiscard]] bool are_of(Timestamp now, std::uint64_t events) const {
    return known_ && now == now_ && events == events_;
  }
  void forget() { known_ = false; }
  // Replaces them by those of `rows` (which may repeat) that are eligible, in their order. The scorer is
  // between two moments.
  template <typename Eligible>
  void gather(Scorer& scorer, std::span<const ItemRow> rows, const Moment& anybody, std::uint64_t events,
              Eligible eligible) {
    RowSlots& slots = scorer.slots();
    slots.reserve(rows.size());
    rows_.clear();
    for (const ItemRow row : rows) {
      if (slots[row] == 0 && eligible(row) && rows_.size() < Columns::kBlock) rows_.push_back(row);
      slots.add(row);
    }
    slots.reset();
    block_.set_rows(rows_.size());
    if (!rows_.empty()) scorer.fill(Reach::everybody, anybody, rows_, block_);
    now_ = anybody.now;
    events_ = events;
    known_ = true;
  }
  [[nodiscard]] std::span<const ItemRow> rows() const { return rows_; }
  // By place in rows(); the columns of further reach are for whoever ranks to fill.
  [[nodiscard]] Columns& block() { return block_; }
  [[nodiscard]] const Columns& block() const { return block_; }

 private:
  std::vector<ItemRow> rows_;
  Columns block_;
  Timestamp now_{};
  std::uint64_t events_ = 0;
  bool known_ = false;
};

}  // namespace sluice::model

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/factors.h"
#include "model/mapped_array.h"

namespace sluice::model {

// One shard's sight of the factor rows. With one shard it is the table itself; else rows that the shard
// changes are copied into its overlay, and the base stays as it is until the epoch ends.
class FactorView {
 public:
  FactorView(FactorTable& base, std::size_t capacity, bool direct)
      : base_(base), direct_(direct), slot_of_(direct ? 0 : capacity) {}

  [[nodiscard]] const FactorRow& operator[](ItemRow row) const {
    if (direct_ || slot_of_[row] == 0) return base_[row];
    return overlay_[slot_of_[row] - 1].changed;
  }
  [[nodiscard]] FactorRow& writable(ItemRow row) {
    if (direct_) return base_.mutable_row(row);
    if (slot_of_[row] == 0) adopt(row, base_[row]);
    return overlay_[slot_of_[row] - 1].changed;
  }
  // All but y.
  void prefetch(ItemRow row) const { prefetch_bytes(&base_[row], offsetof(FactorRow, y)); }
  // Starts a row that the base does not know yet.
  void initialise(ItemRow row, const FactorRow& initial) {
    if (direct_) {
      base_.mutable_row(row) = initial;
    } else {
      adopt(row, initial);
    }
  }

  struct Entry {
    ItemRow row;
    FactorRow original;
    FactorRow changed;
  };
  [[nodiscard]] std::span<const Entry> overlay() const { return overlay_; }
  void clear_overlay() {
    for (const Entry& entry : overlay_) slot_of_[entry.row] = 0;
    overlay_.clear();
  }

 private:
  void adopt(ItemRow row, const FactorRow& from) {
    overlay_.push_back({row, from, from});
    overlay_.back().changed.q_steps = 0;
    overlay_.back().changed.y_steps = 0;
    slot_of_[row] = static_cast<std::uint32_t>(overlay_.size());
  }

  FactorTable& base_;
  bool direct_;
  MappedArray<std::uint32_t> slot_of_;  // by row: place in the overlay plus one
  std::vector<Entry> overlay_;
};

// Adds what one shard did to a row onto the row. AdaGrad accumulators leak with every update, so their merge
// is base * (1 - leak)^n plus the shard's own leaked sum.
void merge_factor_row(FactorRow& base, const FactorView::Entry& entry, float leak);

}  // namespace sluice::model

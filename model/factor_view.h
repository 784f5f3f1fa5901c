#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/factors.h"
#include "model/mapped_array.h"
#include "model/slices.h"

namespace sluice::model {

// The rows that one shard changed in an epoch: its own copies of them, found by row, and listed by the slice
// that will merge them.
template <typename Part>
class FactorOverlay {
 public:
  FactorOverlay(std::size_t capacity, std::size_t slices) : slot_of_(capacity), rows_(slices) {}

  // The shard's copy, or nullptr.
  [[nodiscard]] const Part* find(ItemRow row) const {
    const std::uint32_t slot = slot_of_[row];
    return slot == 0 ? nullptr : &parts_[slot - 1];
  }
  [[nodiscard]] Part* find(ItemRow row) {
    const std::uint32_t slot = slot_of_[row];
    return slot == 0 ? nullptr : &parts_[slot - 1];
  }
  void prefetch_place(ItemRow row) const { prefetch_bytes(&slot_of_[row], sizeof(std::uint32_t)); }
  // Makes a copy of a row that has none. It moves when others are made.
  Part& adopt(ItemRow row, const Part& from) {
    parts_.push_back(from);
    slot_of_[row] = static_cast<std::uint32_t>(parts_.size());
    list(row);
    return parts_.back();
  }
  // What was learned of `from` belongs to `to`, of which nothing was learned here.
  void rename(ItemRow from, ItemRow to) {
    if (slot_of_[from] == 0) return;
    slot_of_[to] = slot_of_[from];
    slot_of_[from] = 0;
    list(to);
  }
  // May name rows that were renamed and have no copy any more.
  [[nodiscard]] std::span<const ItemRow> rows(std::size_t slice) const { return rows_[slice]; }
  void clear() {
    for (std::vector<ItemRow>& rows : rows_) {
      for (const ItemRow row : rows) slot_of_[row] = 0;
      rows.clear();
    }
    parts_.clear();
  }

 private:
  void list(ItemRow row) { rows_[slice_of(row, rows_.size())].push_back(row); }

  MappedArray<std::uint32_t> slot_of_;  // by row: place in parts_ plus one
  std::vector<Part> parts_;
  std::vector<std::vector<ItemRow>> rows_;  // by slice
};

// One shard's sight of the factor rows. With one shard it is the table itself; else what the shard changes is
// copied into its overlays, and the base stays as it is until the epoch ends. An item that is only a
// candidate has only that part copied, and one that is only read, none.
class FactorView {
 public:
  FactorView(FactorTable& base, std::size_t capacity, std::size_t shards)
      : base_(base),
        direct_(shards == 1),
        candidates_(direct_ ? 0 : capacity, shards),
        steps_(direct_ ? 0 : capacity, shards) {}

  [[nodiscard]] const CandidateFactors& candidate(ItemRow row) const { return read(candidates_, row); }
  [[nodiscard]] const StepFactors& step(ItemRow row) const { return read(steps_, row); }
  // Good until the next row is asked for.
  [[nodiscard]] CandidateFactors& writable_candidate(ItemRow row) {
    if (direct_) return base_.mutable_row(row);
    if (CandidateFactors* const own = candidates_.find(row)) return *own;
    CandidateFactors& own = candidates_.adopt(row, base_[row]);
    own.q_steps = 0;
    return own;
  }
  [[nodiscard]] StepFactors& writable_step(ItemRow row) {
    if (direct_) return base_.mutable_row(row);
    if (StepFactors* const own = steps_.find(row)) return *own;
    StepFactors& own = steps_.adopt(row, base_[row]);
    own.y_steps = 0;
    return own;
  }
  // Where the row of a candidate is, and the row.
  void prefetch_place(ItemRow row) const {
    if (!direct_) candidates_.prefetch_place(row);
  }
  void prefetch(ItemRow row) const { prefetch_bytes(&candidate(row), sizeof(CandidateFactors)); }
  void prefetch_step_place(ItemRow row) const {
    if (!direct_) steps_.prefetch_place(row);
  }
  void prefetch_step(ItemRow row) const { prefetch_bytes(&step(row), sizeof(StepFactors)); }
  // Starts a row that the base does not know yet.
  void initialise(ItemRow row, const FactorRow& initial) {
    if (direct_) {
      base_.mutable_row(row) = initial;
    } else {
      candidates_.adopt(row, initial);
      steps_.adopt(row, initial);
    }
  }

  // Another shard's row for an item that was new to both.
  void rename(ItemRow from, ItemRow to) {
    candidates_.rename(from, to);
    steps_.rename(from, to);
  }
  void clear_overlay() {
    candidates_.clear();
    steps_.clear();
  }
  [[nodiscard]] const FactorOverlay<CandidateFactors>& candidates() const { return candidates_; }
  [[nodiscard]] const FactorOverlay<StepFactors>& steps() const { return steps_; }

 private:
  template <typename Part>
  [[nodiscard]] const Part& read(const FactorOverlay<Part>& overlay, ItemRow row) const {
    if (!direct_) {
      if (const Part* const own = overlay.find(row)) return *own;
    }
    return base_[row];
  }

  FactorTable& base_;
  bool direct_;
  FactorOverlay<CandidateFactors> candidates_;
  FactorOverlay<StepFactors> steps_;
};

// Merges what the views learned of the rows of one slice into the base, in the order of the views. A part
// that only one of them changed is taken over; else the changes are added up. AdaGrad accumulators leak with
// every update, so theirs is base * (1 - leak)^(all updates) plus each shard's own leaked sum.
void merge_factors(FactorTable& base, std::span<const FactorView* const> views, std::size_t slice,
                   float leak);

}  // namespace sluice::model

#include "model/candidates.h"

#include <algorithm>
#include <bit>

namespace sluice::model {

void CandidateFinder::add(RowSlots& slots, ItemRow row) {
  slots.reserve(1);
  const std::uint32_t slot = slots.add(row);
  if (slot >= found_slot_.size()) found_slot_.resize(2 * slot);
  if (found_slot_[slot] != 0) return;
  found_slot_[slot] = 1;
  found_.push_back(row);
}

// The bits of positive floats are in the order of their values; their first ones make bins of a sixteenth of
// the value. Whole bins are taken, and of the last one those that come first.
template <std::size_t Width>
void CandidateFinder::add_strongest(RowSlots& slots, const Accumulator<Width>& sums, std::size_t most) {
  constexpr std::uint32_t kShift = 19;
  const auto bin_of = [](float sum) { return std::bit_cast<std::uint32_t>(sum) >> kShift; };
  bins_.assign(std::size_t{1} << (31 - kShift), 0);
  strongest_.clear();
  std::uint32_t last_bin = 0;
  sums.for_each([&](ItemRow row, const auto& sum) {
    const std::uint32_t slot = slots[row];
    if (slot < found_slot_.size() && found_slot_[slot] != 0) return;
    strongest_.emplace_back(bin_of(sum[0]), row);
    ++bins_[strongest_.back().first];
    last_bin = std::max(last_bin, strongest_.back().first + 1);
  });
  std::size_t left = most;  // places for the last bin
  while (last_bin > 0 && bins_[last_bin - 1] <= left) left -= bins_[--last_bin];
  for (const auto& [bin, row] : strongest_) {
    if (bin < last_bin && (bin + 1 < last_bin || left == 0)) continue;
    left -= static_cast<std::size_t>(bin < last_bin);
    add(slots, row);
  }
}

std::span<const ItemRow> CandidateFinder::find(Scorer& scorer, std::span<const ItemRow> top_rows,
                                               std::size_t most) {
  RowSlots& slots = scorer.slots();
  found_.clear();
  std::ranges::fill(found_slot_, 0);
  for (const ItemRow row : scorer.signal<PersonalSignal>().rows()) add(slots, row);
  for (const ItemRow row : top_rows) add(slots, row);
  const std::size_t left = std::max(most > found_.size() ? most - found_.size() : 0, most / 2);
  add_strongest(slots, scorer.signal<LongtermSignal>().sums(), left / 4);
  add_strongest(slots, scorer.signal<CovisitSignal>().sums(), left - left / 4);
  return found_;
}

}  // namespace sluice::model

#include "model/candidates.h"

#include <algorithm>
#include <bit>

namespace sluice::model {

void CandidateFinder::add(const RowSlots& slots, ItemRow row) {
  char& is_found = is_found_[slots[row]];
  if (is_found != 0) return;
  is_found = 1;
  found_.push_back(row);
}

// The bits of positive floats are in the order of their values; their first ones make bins of a sixteenth of
// the value. Whole bins are taken, and of the last one those that come first.
void CandidateFinder::add_strongest(const RowSlots& slots, const Accumulator& sums, std::size_t most) {
  constexpr std::uint32_t kShift = 19;
  const auto bin_of = [](float sum) { return std::bit_cast<std::uint32_t>(sum) >> kShift; };
  bins_.assign(std::size_t{1} << (31 - kShift), 0);
  strongest_.resize(slots.rows().size() + 1);
  std::size_t count = 0;
  std::uint32_t last_bin = 0;
  // Without a branch, because none could be foretold: what does not count is overwritten by the next.
  sums.for_each([&](std::size_t slot, ItemRow row, float sum) {
    const auto counts =
        static_cast<std::uint32_t>(sum > 0.0F) & static_cast<std::uint32_t>(is_found_[slot] == 0);
    const std::uint32_t bin = counts * bin_of(std::max(sum, 0.0F));
    strongest_[count] = {bin, row};
    count += counts;
    bins_[bin] += counts;
    last_bin = std::max(last_bin, bin + counts);
  });
  strongest_.resize(count);
  std::size_t left = most;  // places for the last bin
  while (last_bin > 0 && bins_[last_bin - 1] <= left) left -= bins_[--last_bin];
  for (const auto& [bin, row] : strongest_) {
    if (bin < last_bin && (bin + 1 < last_bin || left == 0)) continue;
    left -= static_cast<std::size_t>(bin < last_bin);
    add(slots, row);
  }
}

std::span<const ItemRow> CandidateFinder::find(Scorer& scorer, std::span<const ItemRow> common,
                                               std::size_t most) {
  const RowSlots& slots = scorer.slots();
  found_.clear();
  is_found_.assign(slots.rows().size() + 1, 0);
  for (const ItemRow row : scorer.signal<PersonalSignal>().rows()) add(slots, row);
  std::size_t taken = found_.size() + common.size();
  for (const ItemRow row : common) {
    if (slots[row] == 0) continue;
    taken -= static_cast<std::size_t>(is_found_[slots[row]]);
    add(slots, row);
  }
  const std::size_t left = std::max(most > taken ? most - taken : 0, most / 2);
  add_strongest(slots, scorer.signal<LongtermSignal>().sums(), left / 4);
  add_strongest(slots, scorer.signal<CovisitSignal>().sums(), left - left / 4);
  return found_;
}

}  // namespace sluice::model

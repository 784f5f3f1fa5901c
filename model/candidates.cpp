#include "model/candidates.h"

#include <algorithm>
#include <array>

namespace sluice::model {

// By bins of their sums, see bins_of(): whole bins are taken, and of the last one those that come first.
// Without branches on the sums, because none could be foretold.
void CandidateFinder::add_strongest(const RowSlots& slots, const Accumulator& sums, std::size_t most) {
  const auto rows = slots.rows().first(sums.size());
  keys_.resize(rows.size());
  sums.copy_first(keys_);
  bin_.resize(rows.size());
  bins_of(keys_, is_found_.data() + 1, bin_.data());
  // In four parts, so that what adds to the same bin as the one before need not wait for it. A moment has far
  // fewer slots than would overflow them.
  constexpr std::size_t kParts = 4;
  std::array<std::array<std::uint16_t, kBins>, kParts> sizes{};
  const std::size_t whole = bin_.size() / kParts * kParts;
  for (std::size_t k = 0; k < whole; k += kParts) {
    for (std::size_t part = 0; part < kParts; ++part) ++sizes[part][bin_[k + part]];
  }
  for (std::size_t k = whole; k < bin_.size(); ++k) ++sizes[0][bin_[k]];
  std::uint16_t greatest = kNoBins - 1;
  for (const std::uint16_t bin : bin_) greatest = std::max(greatest, bin);
  std::size_t last_bin = greatest + 1U;  // and all above are taken
  std::size_t left = most;               // places for the last bin
  const auto size_of = [&](std::size_t bin) {
    return std::size_t{sizes[0][bin]} + sizes[1][bin] + sizes[2][bin] + sizes[3][bin];
  };
  while (last_bin > kNoBins && size_of(last_bin - 1) <= left) left -= size_of(--last_bin);

  const std::size_t before = found_.size();
  found_.resize(before + rows.size() + 1);
  std::size_t taken = before;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    found_[taken] = rows[k];
    taken += static_cast<std::size_t>(bin_[k] >= last_bin);
  }
  for (std::size_t k = 0; k < rows.size() && left > 0 && last_bin > kNoBins; ++k) {
    if (bin_[k] + 1U != last_bin) continue;
    found_[taken++] = rows[k];
    --left;
  }
  found_.resize(taken);
  for (const ItemRow row : std::span(found_).subspan(before)) is_found_[slots[row]] = 1;
}

std::span<const ItemRow> CandidateFinder::find(Scorer& scorer, std::span<const ItemRow> common,
                                               std::span<const std::uint8_t> unwanted, std::size_t most) {
  const RowSlots& slots = scorer.slots();
  found_.clear();
  is_found_.assign(unwanted.begin(), unwanted.end());
  for (const ItemRow row : common) is_found_[slots[row]] = 1;
  for (const ItemRow row : scorer.signal<PersonalSignal>().rows()) {
    if (is_found_[slots[row]] == 0) found_.push_back(row);
    is_found_[slots[row]] = 1;
  }
  const std::size_t taken = common.size() + found_.size();
  const std::size_t left = std::max(most > taken ? most - taken : 0, most / 2);
  add_strongest(slots, scorer.signal<LongtermSignal>().sums(), left / 4);
  add_strongest(slots, scorer.signal<CovisitSignal>().sums(), left - left / 4);
  return found_;
}

}  // namespace sluice::model

#include "model/candidates.h"

#include <algorithm>

namespace sluice::model {

template <std::size_t Width>
void CandidateFinder::add_strongest(const Accumulator<Width>& sums, std::size_t most) {
  strongest_.clear();
  for (const ItemRow row : sums.touched()) {
    if (stamp_of_[row] != stamp_) strongest_.emplace_back(sums[row][0], row);
  }
  if (strongest_.size() > most) {
    std::nth_element(strongest_.begin(), strongest_.begin() + static_cast<std::ptrdiff_t>(most),
                     strongest_.end(), [](const auto& a, const auto& b) { return a > b; });
    strongest_.resize(most);
  }
  for (const auto& [sum, row] : strongest_) add(row);
}

std::span<const ItemRow> CandidateFinder::find(const Scorer& scorer, std::span<const ItemRow> top_rows,
                                               std::size_t most) {
  if (++stamp_ == 0) stamp_ = 1;
  found_.clear();
  for (const ItemRow row : scorer.signal<PersonalSignal>().rows()) add(row);
  for (const ItemRow row : top_rows) add(row);
  const std::size_t left = std::max(most > found_.size() ? most - found_.size() : 0, most / 2);
  add_strongest(scorer.signal<LongtermSignal>().sums(), left / 4);
  add_strongest(scorer.signal<CovisitSignal>().sums(), left - left / 4);
  return found_;
}

}  // namespace sluice::model

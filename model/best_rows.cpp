#include "model/best_rows.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "model/kernels.h"

namespace sluice::model {

namespace {
// Greater for what comes first.
std::uint64_t key_of(float score, ItemRow row) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);  // one zero alone
  const std::uint32_t ordered = bits ^ (0x8000'0000U | (0U - (bits >> 31)));
  return std::uint64_t{ordered} << 32 | ~row;
}
}  // namespace

std::span<const BestRows::Entry> BestRows::take(std::span<const float> scores, std::span<const ItemRow> rows,
                                                std::size_t n) {
  const float least = reached_by(scores, n);
  places_.resize(scores.size() + 1);
  std::size_t reaching = 0;
  for (std::uint32_t place = 0; place < scores.size(); ++place) {
    places_[reaching] = place;
    reaching += static_cast<std::size_t>(scores[place] >= least);
  }
  places_.resize(reaching);
  keys_.resize(reaching);
  for (std::size_t k = 0; k < reaching; ++k) keys_[k] = key_of(scores[places_[k]], rows[places_[k]]);

  const std::size_t count = std::min(n, reaching);
  if (reaching <= kMostCounted) {
    ranks_.resize(reaching);
    count_greater(keys_, ranks_.data());
    best_.resize(reaching);
    for (std::size_t k = 0; k < reaching; ++k) best_[ranks_[k]] = {rows[places_[k]], places_[k]};
    best_.resize(count);
    return best_;
  }
  sorted_.clear();
  for (std::size_t k = 0; k < reaching; ++k) sorted_.push_back({keys_[k], places_[k]});
  const auto end = sorted_.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(sorted_.begin(), end, sorted_.end(),
                    [](const Keyed& a, const Keyed& b) { return a.key > b.key; });
  best_.clear();
  for (auto keyed = sorted_.begin(); keyed != end; ++keyed) {
    best_.push_back({rows[keyed->place], keyed->place});
  }
  return best_;
}

// A score that n or more of them reach, and not many more: the nth greatest of what each of 2n groups or a
// few more has as its greatest.
float BestRows::reached_by(std::span<const float> scores, std::size_t n) {
  const std::size_t groups = pad_to_lanes(2 * n);
  if (n == 0 || groups > kMostCounted || scores.size() < 2 * groups)
    return -std::numeric_limits<float>::infinity();
  greatest_.assign(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(groups));
  for (std::size_t first = groups; first < scores.size(); first += groups) {
    const auto more = scores.subspan(first, std::min(groups, scores.size() - first));
    for (std::size_t k = 0; k < more.size(); ++k) greatest_[k] = std::max(greatest_[k], more[k]);
  }
  return nth_greatest(greatest_, n);
}

}  // namespace sluice::model

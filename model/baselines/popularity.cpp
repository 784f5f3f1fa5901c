#include "model/baselines/popularity.h"

namespace sluice::baselines {

void Popularity::learn(const Group& group) {
  for (const Line& line : group.lines) {
    if (line.item >= counts_.size()) counts_.resize(line.item + 1);
    counts_[line.item].add(static_cast<double>(line.weight), group.time, half_life_);
  }
}

// As logarithms: a quiet week is 672 half-lives of 15 minutes, and no number would hold what is left of a
// count.
void Popularity::score(UserNumber, Timestamp now, std::span<float> scores) {
  for (std::size_t item = 0; item < scores.size(); ++item) {
    scores[item] = static_cast<float>(counts_[item].log2_at(now, half_life_));
  }
}

}  // namespace sluice::baselines

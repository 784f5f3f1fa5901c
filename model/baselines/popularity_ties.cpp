#include "model/baselines/popularity_ties.h"

#include <algorithm>

namespace sluice::baselines {

void PopularityTies::learn(const Group& group) {
  for (const Line& line : group.lines) {
    if (line.item >= counts_.size()) counts_.resize(line.item + 1);
    counts_[line.item] += static_cast<double>(line.weight);
    greatest_ = std::max(greatest_, counts_[line.item]);
  }
}

std::span<double> PopularityTies::begin(std::size_t items) {
  scores_.assign(items, 0);
  return scores_;
}

void PopularityTies::finish(std::span<float> scores) {
  spoken_.clear();
  for (ItemNumber item = 0; item < scores.size(); ++item) {
    scores[item] = static_cast<float>(std::max(0.0, counts_[item]) / (greatest_ + 1));
    if (scores_[item] > 0) spoken_.push_back(item);
  }
  const auto key = [this](ItemNumber item) { return std::pair(scores_[item], counts_[item]); };
  std::ranges::sort(spoken_, {}, key);
  float place = 1;
  for (std::size_t k = 0; k < spoken_.size(); ++k) {
    if (k > 0 && key(spoken_[k]) != key(spoken_[k - 1])) ++place;
    scores[spoken_[k]] = place;
  }
}

}  // namespace sluice::baselines

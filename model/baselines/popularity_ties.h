#pragma once

#include <span>
#include <utility>
#include <vector>

#include "model/baselines/baseline.h"

namespace sluice::baselines {

// Completes the ranking of a method that has something to say about a few items only: among items that it
// scores alike, and among all it is silent about, the more popular one (all-time) is better.
class PopularityTies {
 public:
  void learn(const Group& group);

  // Scores to be filled, all 0 (silent); `items`: how many there are.
  [[nodiscard]] std::span<double> begin(std::size_t items);
  // Places of what was filled in: items with a positive score from 1 up, silent ones in [0, 1).
  void finish(std::span<float> scores);

 private:
  std::vector<double> counts_;  // by item
  double greatest_ = 0;
  std::vector<double> scores_;
  std::vector<ItemNumber> spoken_;
};

}  // namespace sluice::baselines

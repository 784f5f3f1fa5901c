#pragma once

#include <array>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/baselines/decayed_count.h"

namespace sluice::baselines {

// Score: the sum of the weights of an item's events, each halved every half-life. Negative events count too.
class Popularity : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 1> kParameters = {
      {{"half_life_hours", 0, 0, 1e6, "an event counts half after this; 0: always in full"}}};

  explicit Popularity(const Values& values) : half_life_(values["half_life_hours"]) {}
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  HalfLife half_life_;
  std::vector<DecayedCount> counts_;  // by item
};

}  // namespace sluice::baselines

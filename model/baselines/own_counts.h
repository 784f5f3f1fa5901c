#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/baselines/decayed_count.h"
#include "model/baselines/popularity_ties.h"

namespace sluice::baselines {

// Score: how often this user took the item, each take halved every half-life; ties by popularity.
class OwnCounts : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 1> kParameters = {
      {{"half_life_hours", 0, 0, 1e6, "a take counts half after this; 0: always in full"}}};

  explicit OwnCounts(const Values& values) : half_life_(values["half_life_hours"]) {}
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  HalfLife half_life_;
  std::vector<absl::flat_hash_map<ItemNumber, DecayedCount>> own_;  // by user
  PopularityTies ties_;
};

}  // namespace sluice::baselines

#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <utility>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/baselines/popularity_ties.h"

namespace sluice::baselines {

// Item-item neighbours by the cosine of their users: Sarwar, Karypis, Konstan, Riedl: "Item-based
// Collaborative Filtering Recommendation Algorithms", WWW 2001, with counts kept up to date as in Papagelis,
// Rousidis, Plexousakis, Theoharopoulos: "Incremental Collaborative Filtering for Highly-Scalable
// Recommendation Algorithms", ISMIS 2005. cos(i, j) = users of both / sqrt(users of i * users of j). Score:
// the sum over the user's last distinct items, each lending to its nearest neighbours and to itself; ties by
// popularity.
class ItemKnn : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 3> kParameters = {
      {{"neighbours", 100, 1, 1e6, "of each item of the user's, those with the largest cosine"},
       {"history", 50, 1, 10'000, "distinct items of a user that are paired and read, the latest"},
       {"own", 1, 0, 1, "what an item lends to itself; 0: nothing, for streams without repeats"}}};

  explicit ItemKnn(const Values& values);
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  void take(UserNumber user, ItemNumber item);

  std::size_t neighbours_;
  std::size_t history_;
  double own_;
  std::vector<std::vector<ItemNumber>> histories_;                     // by user, distinct, the latest last
  std::vector<double> users_of_;                                       // by item
  std::vector<absl::flat_hash_map<ItemNumber, float>> users_of_both_;  // by item
  std::vector<std::pair<double, ItemNumber>> nearest_;
  PopularityTies ties_;
};

}  // namespace sluice::baselines

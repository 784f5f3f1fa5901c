#pragma once

#include <span>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/rating.h"

namespace sluice::baselines {

// Ranks by the value that an event would have: what model.objective = rating means. Events without a value,
// and negative ones, teach it nothing.
class Rating : public Baseline {
 public:
  static constexpr std::span<const ParameterInfo> kParameters = {};

  explicit Rating(const Values& values) : predictor_(values.seed()) {}
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;
  [[nodiscard]] std::optional<float> predict(UserNumber user, ItemNumber item, Timestamp now) override {
    return predictor_.predict(user, item, now);
  }

 private:
  model::RatingPredictor predictor_;
  std::vector<model::RatingPredictor::Rated> rated_;
};

}  // namespace sluice::baselines

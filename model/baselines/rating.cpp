#include "model/baselines/rating.h"

#include <cmath>

namespace sluice::baselines {

void Rating::learn(const Group& group) {
  rated_.clear();
  for (const Line& line : group.lines) {
    if (line.weight > 0 && !std::isnan(line.value)) rated_.push_back({line.item, line.value});
  }
  predictor_.learn(group.user, group.time, rated_);
}

void Rating::score(UserNumber user, Timestamp now, std::span<float> scores) {
  for (ItemNumber item = 0; item < scores.size(); ++item) scores[item] = predictor_.predict(user, item, now);
}

}  // namespace sluice::baselines

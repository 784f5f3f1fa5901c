#include "model/baselines/own_counts.h"

#include <algorithm>
#include <limits>

namespace sluice::baselines {

void OwnCounts::learn(const Group& group) {
  if (group.user >= own_.size()) own_.resize(group.user + 1);
  for (const Line& line : group.lines) {
    DecayedCount& count = own_[group.user][line.item];
    count.add(static_cast<double>(line.weight), group.time, half_life_);
    count.value = std::max(count.value, 0.0);
  }
  ties_.learn(group);
}

void OwnCounts::score(UserNumber user, Timestamp now, std::span<float> scores) {
  const auto counts = ties_.begin(scores.size());
  if (user != kUnknownUser) {
    for (const auto& [item, count] : own_[user]) {
      // However long ago, a take is more than none.
      if (count.value > 0)
        counts[item] = std::max(count.read(now, half_life_), std::numeric_limits<double>::min());
    }
  }
  ties_.finish(scores);
}

}  // namespace sluice::baselines

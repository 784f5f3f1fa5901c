#include "model/baselines/isgd.h"

#include <algorithm>

namespace sluice::baselines {

Isgd::Isgd(const Values& values)
    : step_(static_cast<float>(values["step"])),
      regularisation_(static_cast<float>(values["regularisation"])),
      users_(static_cast<std::size_t>(values["factors"]), model::mix64(values.seed())),
      items_(static_cast<std::size_t>(values["factors"]), model::mix64(values.seed() + 1)) {}

void Isgd::learn(const Group& group) {
  users_.reach(group.user);
  const auto p = users_[group.user];
  for (const Line& line : group.lines) {
    items_.reach(line.item);
    if (line.weight < 0) continue;
    const auto q = items_[line.item];
    const float error = 1 - model::dot(p, q);
    for (std::size_t k = 0; k < p.size(); ++k) p[k] += step_ * (error * q[k] - regularisation_ * p[k]);
    for (std::size_t k = 0; k < p.size(); ++k) q[k] += step_ * (error * p[k] - regularisation_ * q[k]);
  }
}

void Isgd::score(UserNumber user, Timestamp, std::span<float> scores) {
  if (user == kUnknownUser) {
    std::ranges::fill(scores, 0.0F);
    return;
  }
  const auto p = users_[user];
  for (ItemNumber item = 0; item < scores.size(); ++item) scores[item] = model::dot(p, items_[item]);
}

}  // namespace sluice::baselines

#include "model/baselines/bpr.h"

#include <algorithm>
#include <cmath>

namespace sluice::baselines {

Bpr::Bpr(const Values& values)
    : step_(static_cast<float>(values["step"])),
      regularisation_(static_cast<float>(values["regularisation"])),
      negatives_(static_cast<int>(values["negatives"])),
      users_(static_cast<std::size_t>(values["factors"]), model::mix64(values.seed())),
      items_(static_cast<std::size_t>(values["factors"]), model::mix64(values.seed() + 1)),
      random_(model::mix64(values.seed() + 2)) {}

void Bpr::learn(const Group& group) {
  users_.reach(group.user);
  for (const Line& line : group.lines) items_.reach(line.item);
  biases_.resize(items_.rows());
  const auto in_group = [&](ItemNumber item) {
    return std::ranges::find(group.lines, item, &Line::item) != group.lines.end();
  };
  for (const Line& line : group.lines) {
    if (line.weight < 0) continue;
    for (int k = 0; k < negatives_; ++k) {
      const ItemNumber drawn = random_.below(static_cast<std::uint32_t>(items_.rows()));
      if (!in_group(drawn)) step(group.user, line.item, drawn);
    }
  }
}

void Bpr::step(UserNumber user, ItemNumber taken, ItemNumber drawn) {
  const auto p = users_[user];
  const auto q = items_[taken];
  const auto r = items_[drawn];
  const float ahead = biases_[taken] - biases_[drawn] + model::dot(p, q) - model::dot(p, r);
  const float slope = 1 / (1 + std::exp(ahead));
  for (std::size_t k = 0; k < p.size(); ++k) {
    const float own = p[k];
    p[k] += step_ * (slope * (q[k] - r[k]) - regularisation_ * own);
    q[k] += step_ * (slope * own - regularisation_ * q[k]);
    r[k] += step_ * (-slope * own - regularisation_ * r[k]);
  }
  biases_[taken] += step_ * (slope - regularisation_ * biases_[taken]);
  biases_[drawn] += step_ * (-slope - regularisation_ * biases_[drawn]);
}

void Bpr::score(UserNumber user, Timestamp, std::span<float> scores) {
  std::copy_n(biases_.begin(), scores.size(), scores.begin());
  if (user == kUnknownUser) return;
  const auto p = users_[user];
  for (ItemNumber item = 0; item < scores.size(); ++item) scores[item] += model::dot(p, items_[item]);
}

}  // namespace sluice::baselines

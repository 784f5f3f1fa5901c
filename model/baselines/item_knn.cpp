#include "model/baselines/item_knn.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace sluice::baselines {

ItemKnn::ItemKnn(const Values& values)
    : neighbours_(static_cast<std::size_t>(values["neighbours"])),
      history_(static_cast<std::size_t>(values["history"])),
      own_(values["own"]) {}

void ItemKnn::learn(const Group& group) {
  if (group.user >= histories_.size()) histories_.resize(group.user + 1);
  for (const Line& line : group.lines) {
    if (line.item >= users_of_.size()) {
      users_of_.resize(line.item + 1);
      users_of_both_.resize(line.item + 1);
    }
    if (line.weight > 0) take(group.user, line.item);
  }
  ties_.learn(group);
}

void ItemKnn::take(UserNumber user, ItemNumber item) {
  std::vector<ItemNumber>& history = histories_[user];
  const auto had = std::ranges::find(history, item);
  if (had != history.end()) {
    std::rotate(had, had + 1, history.end());
    return;
  }
  ++users_of_[item];
  for (const ItemNumber other : history) {
    ++users_of_both_[item][other];
    ++users_of_both_[other][item];
  }
  history.push_back(item);
  if (history.size() > history_) history.erase(history.begin());
}

void ItemKnn::score(UserNumber user, Timestamp, std::span<float> scores) {
  const auto sums = ties_.begin(scores.size());
  if (user != kUnknownUser) {
    for (const ItemNumber item : histories_[user]) {
      nearest_.clear();
      for (const auto& [other, both] : users_of_both_[item]) {
        nearest_.emplace_back(static_cast<double>(both) / std::sqrt(users_of_[item] * users_of_[other]),
                              other);
      }
      if (nearest_.size() > neighbours_) {
        const auto end = nearest_.begin() + static_cast<std::ptrdiff_t>(neighbours_);
        std::ranges::nth_element(nearest_, end, std::greater<>());
        nearest_.erase(end, nearest_.end());
      }
      for (const auto& [cosine, other] : nearest_) sums[other] += cosine;
      sums[item] += own_;
    }
  }
  ties_.finish(scores);
}

}  // namespace sluice::baselines

#include "cli/baseline_recommender.h"

#include <cmath>
#include <limits>
#include <utility>

namespace sluice::cli {

namespace {
constexpr float kUnranked = -std::numeric_limits<float>::infinity();

template <typename Numbers>
std::uint32_t number_or(const Numbers& numbers, const std::string& name, std::uint32_t unknown) {
  const auto found = numbers.find(name);
  return found == numbers.end() ? unknown : found->second;
}

template <typename Numbers>
std::uint32_t number_of(Numbers& numbers, const std::string& name) {
  return numbers.try_emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
}
}  // namespace

BaselineRecommender::BaselineRecommender(std::unique_ptr<baselines::Baseline> baseline, bool exclude_repeats)
    : baseline_(std::move(baseline)), exclude_repeats_(exclude_repeats) {}

const Ranking& BaselineRecommender::rank(const std::string& user, Timestamp now) {
  const baselines::UserNumber number = number_or(users_, user, baselines::kUnknownUser);
  ranking_.known_user = number != baselines::kUnknownUser;
  ranking_.scores.resize(items_.size());
  ranking_.ranked.assign(items_.size(), 1);
  baseline_->score(number, now, ranking_.scores);
  for (float& score : ranking_.scores) {
    if (std::isnan(score)) score = kUnranked;
  }
  if (exclude_repeats_ && ranking_.known_user) {
    for (const baselines::ItemNumber item : items_had_[number]) {
      ranking_.ranked[item] = 0;
      ranking_.scores[item] = kUnranked;
    }
  }
  return ranking_;
}

std::optional<std::size_t> BaselineRecommender::place_of(const std::string& item) const {
  const auto found = items_.find(item);
  if (found == items_.end()) return std::nullopt;
  return found->second;
}

std::optional<float> BaselineRecommender::predict(const std::string& user, const std::string& item,
                                                  Timestamp now) {
  return baseline_->predict(number_or(users_, user, baselines::kUnknownUser),
                            number_or(items_, item, baselines::kUnknownItem), now);
}

void BaselineRecommender::learn(const std::string& user, Timestamp now, std::span<const Line> lines,
                                std::uint64_t) {
  const baselines::UserNumber number = number_of(users_, user);
  if (exclude_repeats_ && number >= items_had_.size()) items_had_.resize(number + 1);
  lines_.clear();
  for (const Line& line : lines) {
    const baselines::ItemNumber item = number_of(items_, line.item);
    if (item >= events_.size()) events_.resize(item + 1);
    ++events_[item];
    if (exclude_repeats_ && line.weight > 0) items_had_[number].insert(item);
    lines_.push_back({item, line.weight, line.value.value_or(std::numeric_limits<float>::quiet_NaN())});
  }
  baseline_->learn({number, now, lines_});
}

}  // namespace sluice::cli

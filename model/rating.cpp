#include "model/rating.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sluice::model {

namespace {
// Shares of the variance of all values.
constexpr double kUserVariance = 0.3;
constexpr double kItemVariance = 0.25;
constexpr double kNoise = 0.7;
constexpr double kUserSlopeVariance = 0.1;
constexpr double kItemSlopeVariance = 0.05;
constexpr double kUserDrift = 6e-4;  // for each event of the user
constexpr double kItemDrift = 1.5e-4;
constexpr double kMeanStep = 4e-4;  // least step of the common mean

constexpr std::size_t kFactors = 8;
constexpr float kFactorStep = 0.02F;
constexpr float kFactorPull = 0.02F;

constexpr double kPriorVariance = 1;
constexpr double kForgetting = 0.99997;  // 23,000 events until an example counts half
constexpr double kFirstEvents = 10;      // until the deviation of the values is roughly known
constexpr double kSpreadPrior = 3;       // events that a spread of the usual size stands for

double log_minutes(Timestamp from, Timestamp to) {
  const double minutes = std::chrono::duration<double, std::ratio<60>>(to - from).count();
  return std::log1p(std::max(0.0, minutes));
}
}  // namespace

RatingPredictor::RatingPredictor(std::uint64_t seed)
    : user_factors_(kFactors, mix64(seed)),
      item_factors_(kFactors, mix64(seed + 1)),
      regressions_(kStages, OnlineRegression(kFeatures, kPriorVariance, kForgetting)) {}

float RatingPredictor::predict(std::uint32_t user, std::uint32_t item, Timestamp now) {
  const Pair both = pair(user, item, now);
  return static_cast<float>(regress(both, features(both, now)));
}

void RatingPredictor::learn(std::uint32_t user, Timestamp now, std::span<const Rated> values) {
  group_features_.clear();
  group_predictions_.clear();
  for (const Rated& rated : values) {
    const Pair both = pair(user, rated.item, now);
    group_features_.push_back(features(both, now));
    group_predictions_.push_back(regress(both, group_features_.back()));
  }
  const std::size_t stage = stage_of(user < users_.size() ? users_[user].events : 0);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const auto value = static_cast<double>(values[k].value);
    add(user, values[k].item);
    if (events_ >= kFirstEvents) {
      regressions_[stage].learn(group_features_[k], (value - mean_) / deviation());
      learn_factors(user, values[k].item, (value - group_predictions_[k]) / deviation());
    }
    learn_slopes(user, values[k].item, now, value);
    learn_value(user, values[k].item, now, value);
    learn_range(value);
  }
}

template <std::size_t Traits>
double RatingPredictor::Slopes<Traits>::predict(const std::array<double, Traits>& traits) const {
  return std::inner_product(traits.begin(), traits.end(), weights.begin(), 0.0);
}

template <std::size_t Traits>
double RatingPredictor::Slopes<Traits>::variance(const std::array<double, Traits>& traits) const {
  double sum = 0;
  for (std::size_t k = 0; k < Traits; ++k) sum += traits[k] * traits[k] * variances[k];
  return sum;
}

template <std::size_t Traits>
void RatingPredictor::Slopes<Traits>::learn(const std::array<double, Traits>& traits, double error,
                                            double total_variance) {
  for (std::size_t k = 0; k < Traits; ++k) {
    const double gain = variances[k] * traits[k] / total_variance;
    weights[k] += gain * error;
    variances[k] -= gain * variances[k] * traits[k];
  }
}

RatingPredictor::Pair RatingPredictor::pair(std::uint32_t user, std::uint32_t item, Timestamp now) {
  Pair both{};
  if (user < users_.size()) both.user = users_[user];
  if (item < items_.size()) both.item = items_[item];
  if (user < users_.size()) both.user_slopes = user_slopes_[user].predict(traits_of_item(both.item, now));
  if (item < items_.size()) both.item_slopes = item_slopes_[item].predict(traits_of_user(both.user));
  if (user < users_.size() && item < items_.size()) {
    both.factors = static_cast<double>(dot(user_factors_[user], item_factors_[item]));
  }
  return both;
}

// Roughly of mean 0 and deviation 1 each, or less where it matters less.
std::array<double, RatingPredictor::kItemTraits> RatingPredictor::traits_of_item(const Side& item,
                                                                                 Timestamp now) const {
  const double unit = 1 / deviation();
  const double age = item.events > 0 ? log_minutes(item.first, now) : 0;
  return {item.bias * unit,    (std::log1p(item.events) - 3) / 2, (age - 8) / 3,
          2 * spread_of(item), item.recent_error * unit,          item.events / (item.events + 5) - 0.7};
}

std::array<double, RatingPredictor::kUserTraits> RatingPredictor::traits_of_user(const Side& user) const {
  return {user.bias / deviation(), (std::log1p(user.events) - 2) / 1.5, 2 * spread_of(user)};
}

std::size_t RatingPredictor::stage_of(double user_events) {
  constexpr double kFew = 5;
  return user_events == 0 ? 0 : user_events <= kFew ? 1 : 2;
}

void RatingPredictor::add(std::uint32_t user, std::uint32_t item) {
  while (users_.size() <= user) {
    users_.emplace_back().variance = kUserVariance;
    user_slopes_.emplace_back().variances.fill(kUserSlopeVariance);
  }
  while (items_.size() <= item) {
    items_.emplace_back().variance = kItemVariance;
    item_slopes_.emplace_back().variances.fill(kItemSlopeVariance);
  }
  user_factors_.reach(user);
  item_factors_.reach(item);
}

double RatingPredictor::deviation() const {
  return events_ < 2 || value_squares_ <= 0 ? 1 : std::sqrt(value_squares_ / events_);
}

// How far the side's values usually lie from what its bias says, less what is usual.
double RatingPredictor::spread_of(const Side& side) const {
  const double variance = deviation() * deviation();
  return std::sqrt((side.squares / variance + kNoise * kSpreadPrior) / (side.events + kSpreadPrior)) -
         std::sqrt(kNoise);
}

RatingPredictor::Features RatingPredictor::features(const Pair& pair, Timestamp now) const {
  const auto& [user, item, user_slopes, item_slopes, factors] = pair;
  const double unit = 1 / deviation();
  const double u = user.bias * unit;
  const double i = item.bias * unit;
  const double trust_user = user.events / (user.events + 3);
  const double trust_item = item.events / (item.events + 5);
  const double user_spread = spread_of(user);
  const double item_spread = spread_of(item);
  const double user_recent = user.recent_error * unit;
  const double item_recent = item.recent_error * unit;
  const double user_last = user.last_error * unit;
  const double pause = user.events > 0 ? log_minutes(user.last, now) : 0;
  const double item_pause = item.events > 0 ? log_minutes(item.last, now) : 0;
  const double age = item.events > 0 ? log_minutes(item.first, now) : 0;
  const double both = u + i + factors;
  return {1,
          u,
          i,
          factors,
          user_slopes,
          item_slopes,
          user_slopes * trust_item,
          item_slopes * trust_user,
          trust_user,
          trust_item,
          u * trust_item,
          i * trust_user,
          std::log1p(item.events) / 3,
          std::log1p(user.events) / 3,
          i * user_spread,
          u * user_spread,
          user_spread,
          item_spread,
          u * u,
          i * i,
          u * std::abs(u),
          i * std::abs(i),
          both * both,
          both * user_spread,
          user_recent,
          user_recent * trust_item,
          user.average_error * unit,
          item_recent,
          item_recent * trust_user,
          user_last,
          user_last * std::exp(-pause / 3),
          item.last_error * unit,
          user.events > 0 ? (user.last_value - mean_) * unit : 0,
          pause / 5,
          item_pause / 5,
          age / 5,
          item.events > 0 ? 1.0 : 0.0,
          item.events == 1 ? item_recent : 0};
}

double RatingPredictor::regress(const Pair& pair, const Features& features) const {
  if (events_ <= kFirstEvents) return mean_ + pair.user.bias + pair.item.bias;
  return mean_ + deviation() * regressions_[stage_of(pair.user.events)].predict(features);
}

// On what the biases leave over.
void RatingPredictor::learn_slopes(std::uint32_t user, std::uint32_t item, Timestamp now, double value) {
  if (events_ < kFirstEvents) return;
  const auto of_item = traits_of_item(items_[item], now);
  const auto of_user = traits_of_user(users_[user]);
  const double error = (value - mean_ - users_[user].bias - items_[item].bias) / deviation() -
                       user_slopes_[user].predict(of_item) - item_slopes_[item].predict(of_user);
  const double total = users_[user].variance + items_[item].variance + kNoise +
                       user_slopes_[user].variance(of_item) + item_slopes_[item].variance(of_user);
  user_slopes_[user].learn(of_item, error, total);
  item_slopes_[item].learn(of_user, error, total);
}

void RatingPredictor::learn_value(std::uint32_t user, std::uint32_t item, Timestamp now, double value) {
  Side& u = users_[user];
  Side& i = items_[item];
  if (events_ == 0) mean_ = value;
  const double error = value - mean_ - u.bias - i.bias;
  const double total = u.variance + i.variance + kNoise;
  u.bias += error * u.variance / total;
  i.bias += error * i.variance / total;
  u.variance += kUserDrift - u.variance * u.variance / total;
  i.variance += kItemDrift - i.variance * i.variance / total;
  mean_ += error * kNoise / total * std::max(1 / (events_ + 1), kMeanStep);
  u.note(error, value, now, 0.3, 0.08);
  i.note(error, value, now, 0.15, 0.08);
}

void RatingPredictor::Side::note(double error, double value, Timestamp now, double quick, double slow) {
  if (events == 0) first = now;
  ++events;
  squares += error * error;
  recent_error += std::max(quick, 1 / (events + 1)) * (error - recent_error);
  average_error += std::max(slow, 1 / (events + 2)) * (error - average_error);
  last_error = error;
  last_value = value;
  last = now;
}

void RatingPredictor::learn_factors(std::uint32_t user, std::uint32_t item, double error) {
  const auto p = user_factors_[user];
  const auto q = item_factors_[item];
  const auto slope = static_cast<float>(error);
  for (std::size_t k = 0; k < kFactors; ++k) {
    const float own = p[k];
    p[k] += kFactorStep * (slope * q[k] - kFactorPull * own);
    q[k] += kFactorStep * (slope * own - kFactorPull * q[k]);
  }
}

void RatingPredictor::learn_range(double value) {
  ++events_;
  const double before = value - value_mean_;
  value_mean_ += before / events_;
  value_squares_ += before * (value - value_mean_);
}

}  // namespace sluice::model

#include "model/rating.h"

#include <algorithm>
#include <cmath>

namespace sluice::model {

namespace {
// Shares of the variance of all values.
constexpr double kUserVariance = 0.3;
constexpr double kItemVariance = 0.25;
constexpr double kNoise = 0.7;
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
  const Pair both = pair(user, item);
  return static_cast<float>(regress(both, features(both, now)));
}

void RatingPredictor::learn(std::uint32_t user, Timestamp now, std::span<const Rated> values) {
  group_features_.clear();
  group_predictions_.clear();
  for (const Rated& rated : values) {
    const Pair both = pair(user, rated.item);
    group_features_.push_back(features(both, now));
    group_predictions_.push_back(regress(both, group_features_.back()));
  }
  const std::size_t stage = stage_of(pair(user, kUnknown).user);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const auto value = static_cast<double>(values[k].value);
    if (events_ >= kFirstEvents) {
      regressions_[stage].learn(group_features_[k], (value - mean_) / deviation());
      learn_factors(user, values[k].item, (value - group_predictions_[k]) / deviation());
    }
    learn_value(user, values[k].item, now, value);
    learn_range(value);
  }
}

RatingPredictor::Pair RatingPredictor::pair(std::uint32_t user, std::uint32_t item) {
  const bool known_user = user < users_.size();
  const bool known_item = item < items_.size();
  const bool factors = user < user_factors_.rows() && item < item_factors_.rows();
  return {known_user ? users_[user] : Side{}, known_item ? items_[item] : Side{},
          factors ? static_cast<double>(dot(user_factors_[user], item_factors_[item])) : 0};
}

std::size_t RatingPredictor::stage_of(const Side& user) {
  constexpr double kFew = 5;
  return user.events == 0 ? 0 : user.events <= kFew ? 1 : 2;
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
  const auto& [user, item, factors] = pair;
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
  return mean_ + deviation() * regressions_[stage_of(pair.user)].predict(features);
}

void RatingPredictor::learn_value(std::uint32_t user, std::uint32_t item, Timestamp now, double value) {
  if (user >= users_.size()) users_.resize(user + 1);
  if (item >= items_.size()) items_.resize(item + 1);
  Side& u = users_[user];
  Side& i = items_[item];
  if (u.events == 0) u.variance = kUserVariance;
  if (i.events == 0) i.variance = kItemVariance;
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
  user_factors_.reach(user);
  item_factors_.reach(item);
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

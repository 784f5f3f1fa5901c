#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/types.h"
#include "model/factor_rows.h"
#include "model/online_regression.h"

namespace sluice::model {

// Predicts the value of an event (a rating), learning event by event: O(1) work and memory for each event,
// user and item.
//
// 1. Biases: value = mean + b_user + b_item + noise, b's normal. Each event moves both biases by its error
// times
//    their share of the total variance (a Kalman filter; for one side alone this is the mean of its errors,
//    shrunk by noise / variance pseudo-counts), and so tells a surprising item from an untypical user.
//    Variances grow a little with each event, for tastes that drift.
// 2. Slopes: how much this user goes by what is known of an item (its bias, events, age, spread of its
// values,
//    latest errors), and an item's takers by what is known of them: small regressions with independent normal
//    weights, one each, updated like the biases.
// 3. Factors: p_user . q_item by SGD on the squared error of the whole prediction (Koren, Bell, Volinsky:
//    "Matrix Factorization Techniques for Recommender Systems", IEEE Computer 2009).
// 4. A linear regression, online, over these, their squares and products, recent errors of user and item, how
//    much their values spread, their counts and ages; one for each stage of a user's history: new, known by a
//    few events, by more. It learns how far to trust what, so that no constant has to be tuned.
class RatingPredictor {
 public:
  struct Rated {
    std::uint32_t item;
    float value;
  };
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

  explicit RatingPredictor(std::uint64_t seed);

  // User and item are numbers from 0 without large gaps, or kUnknown. Not clamped to any range.
  [[nodiscard]] float predict(std::uint32_t user, std::uint32_t item, Timestamp now);
  // All values that a user gave at one moment: none of them helps to predict another.
  void learn(std::uint32_t user, Timestamp now, std::span<const Rated> values);

 private:
  static constexpr std::size_t kFeatures = 38;
  static constexpr std::size_t kStages = 3;
  using Features = std::array<double, kFeatures>;

  static constexpr std::size_t kItemTraits = 6;
  static constexpr std::size_t kUserTraits = 3;
  template <std::size_t Traits>
  struct Slopes {
    std::array<double, Traits> weights{};
    std::array<double, Traits> variances{};

    [[nodiscard]] double predict(const std::array<double, Traits>& traits) const;
    [[nodiscard]] double variance(const std::array<double, Traits>& traits) const;
    void learn(const std::array<double, Traits>& traits, double error, double total_variance);
  };

  // A user, or an item.
  struct Side {
    double events = 0;
    double bias = 0;
    double variance = 0;      // of the bias, in units of the values' variance
    double squares = 0;       // sum of squared errors of the biases' prediction
    double recent_error = 0;  // running means of its errors, quick and slow
    double average_error = 0;
    double last_error = 0;
    double last_value = 0;
    Timestamp first{};
    Timestamp last{};

    void note(double error, double value, Timestamp now, double quick, double slow);
  };
  struct Pair {
    Side user;
    Side item;
    double user_slopes;  // of the user, by the item's traits; in deviations of the values, as is the next
    double item_slopes;
    double factors;  // p . q
  };

  [[nodiscard]] Pair pair(std::uint32_t user, std::uint32_t item, Timestamp now);
  [[nodiscard]] std::array<double, kItemTraits> traits_of_item(const Side& item, Timestamp now) const;
  [[nodiscard]] std::array<double, kUserTraits> traits_of_user(const Side& user) const;
  [[nodiscard]] Features features(const Pair& pair, Timestamp now) const;
  [[nodiscard]] double regress(const Pair& pair, const Features& features) const;
  [[nodiscard]] static std::size_t stage_of(double user_events);
  void add(std::uint32_t user, std::uint32_t item);
  void learn_slopes(std::uint32_t user, std::uint32_t item, Timestamp now, double value);
  [[nodiscard]] double deviation() const;
  [[nodiscard]] double spread_of(const Side& side) const;
  void learn_value(std::uint32_t user, std::uint32_t item, Timestamp now, double value);
  void learn_factors(std::uint32_t user, std::uint32_t item, double error);
  void learn_range(double value);

  std::vector<Side> users_;
  std::vector<Side> items_;
  std::vector<Slopes<kItemTraits>> user_slopes_;
  std::vector<Slopes<kUserTraits>> item_slopes_;
  FactorRows user_factors_;
  FactorRows item_factors_;
  std::vector<OnlineRegression> regressions_;  // by stage
  double mean_ = 0;                            // of values, without biases
  double events_ = 0;
  double value_mean_ = 0;
  double value_squares_ = 0;  // sum of squared distances from the mean (Welford)
  std::vector<Features> group_features_;
  std::vector<double> group_predictions_;
};

}  // namespace sluice::model

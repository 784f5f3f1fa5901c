#include "model/rating.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "model/online_regression.h"
#include "model/random.h"

namespace sluice::model {
namespace {

Timestamp minute(std::size_t minutes) {
  return from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(minutes) * 60'000);
}

struct Rating {
  std::uint32_t user;
  std::uint32_t item;
  float value;
};

// value = middle + effect of user + effect of item + noise, all scaled.
std::vector<Rating> made_up_ratings(std::uint64_t seed, std::size_t count, double scale) {
  Random random(seed);
  const auto effect = [](std::uint32_t number, std::uint32_t of) {
    return static_cast<double>(mix64(number * 2 + of) % 1'000) / 250 - 2;
  };
  std::vector<Rating> ratings;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t user = random.below(200);
    const std::uint32_t item = random.below(100);
    const double noise = static_cast<double>(random.unit()) - 0.5;
    ratings.push_back(
        {user, item, static_cast<float>(scale * (6 + effect(user, 0) + effect(item, 1) + noise))});
  }
  return ratings;
}

// Root of the mean squared error over the second half, in units of `scale`.
double prequential_rmse(const std::vector<Rating>& ratings, double scale) {
  RatingPredictor predictor(1);
  double squares = 0;
  for (std::size_t k = 0; k < ratings.size(); ++k) {
    const auto& [user, item, value] = ratings[k];
    const double error = static_cast<double>(value - predictor.predict(user, item, minute(k))) / scale;
    if (k >= ratings.size() / 2) squares += error * error;
    const RatingPredictor::Rated rated{item, value};
    predictor.learn(user, minute(k), {&rated, 1});
  }
  return std::sqrt(squares / static_cast<double>(ratings.size() - ratings.size() / 2));
}

TEST(OnlineRegression, FindsTheWeightsOfALinearFunction) {
  OnlineRegression regression(3, 100, 1);
  Random random(1);
  for (int k = 0; k < 200; ++k) {
    const std::array<double, 3> x = {1, static_cast<double>(random.unit()),
                                     static_cast<double>(random.unit())};
    regression.learn(x, 2 - 3 * x[1] + 0.5 * x[2]);
  }
  EXPECT_NEAR(regression.predict(std::array<double, 3>{1, 0, 0}), 2, 1e-2);
  EXPECT_NEAR(regression.predict(std::array<double, 3>{0, 1, 0}), -3, 1e-2);
  EXPECT_NEAR(regression.predict(std::array<double, 3>{0, 0, 1}), 0.5, 1e-2);
}

// One feature: weight = sum of targets / (1 / prior variance + examples).
TEST(OnlineRegression, WithOneFeatureItIsAShrunkMean) {
  OnlineRegression regression(1, 0.5, 1);
  const std::array<double, 1> one = {1};
  regression.learn(one, 6);
  EXPECT_NEAR(regression.predict(one), 6.0 / (2 + 1), 1e-12);
  regression.learn(one, 9);
  EXPECT_NEAR(regression.predict(one), 15.0 / (2 + 2), 1e-12);
}

TEST(OnlineRegression, ADirectionWithoutExamplesDoesNotBlowUp) {
  OnlineRegression regression(2, 1, 0.99);
  for (int k = 0; k < 100'000; ++k) regression.learn(std::array<double, 2>{1, 0}, 1);
  regression.learn(std::array<double, 2>{1, 1}, 2);
  const double learned = regression.predict(std::array<double, 2>{0, 1});
  EXPECT_GT(learned, 0);
  EXPECT_LT(learned, 1.001);
}

TEST(OnlineRegression, ForgettingFollowsAChange) {
  OnlineRegression regression(1, 100, 0.98);
  const std::array<double, 1> one = {1};
  for (int k = 0; k < 1'000; ++k) regression.learn(one, 1);
  for (int k = 0; k < 500; ++k) regression.learn(one, 5);
  EXPECT_NEAR(regression.predict(one), 5, 0.01);
}

TEST(RatingPredictor, LearnsWhatUsersAndItemsHaveInCommon) {
  EXPECT_LT(prequential_rmse(made_up_ratings(1, 20'000, 1), 1), 0.35);  // the noise alone is 0.289
}

TEST(RatingPredictor, TheUnitOfTheValuesDoesNotMatter) {
  const double stars = prequential_rmse(made_up_ratings(2, 8'000, 1), 1);
  EXPECT_NEAR(prequential_rmse(made_up_ratings(2, 8'000, 1'000), 1'000), stars, 0.01);
  EXPECT_NEAR(prequential_rmse(made_up_ratings(2, 8'000, 0.01), 0.01), stars, 0.01);
}

TEST(RatingPredictor, UnknownUsersAndItemsGetFiniteValuesNearTheMean) {
  RatingPredictor predictor(1);
  EXPECT_TRUE(
      std::isfinite(predictor.predict(RatingPredictor::kUnknown, RatingPredictor::kUnknown, minute(0))));
  const auto ratings = made_up_ratings(3, 5'000, 1);
  for (std::size_t k = 0; k < ratings.size(); ++k) {
    const RatingPredictor::Rated rated{ratings[k].item, ratings[k].value};
    predictor.learn(ratings[k].user, minute(k), {&rated, 1});
  }
  EXPECT_NEAR(predictor.predict(RatingPredictor::kUnknown, RatingPredictor::kUnknown, minute(5'000)), 6, 1);
}

TEST(RatingPredictor, EqualValuesArePredictedExactly) {
  RatingPredictor predictor(1);
  for (std::uint32_t k = 0; k < 500; ++k) {
    const RatingPredictor::Rated rated{k % 7, 4};
    predictor.learn(k % 11, minute(k), {&rated, 1});
  }
  EXPECT_NEAR(predictor.predict(3, 3, minute(500)), 4, 0.01);
}

// The regression takes its examples as they stood before the moment: a user's own values of that moment,
// equal and far off, must not teach it that the newest value predicts the next.
TEST(RatingPredictor, ValuesOfOneMomentDoNotPredictEachOther) {
  Random random(5);
  RatingPredictor predictor(1);
  std::uint32_t item = 0;
  for (std::uint32_t k = 0; k < 3'000; ++k) {
    const float value = random.below(2) == 0 ? 2.0F : 8.0F;  // the mood of the day
    std::vector<RatingPredictor::Rated> day;
    for (int take = 0; take < 4; ++take) day.push_back({item++ % 50, value});
    predictor.learn(k % 20, minute(k * 1'440), day);
  }
  // After a day of twos the next day is as likely to be good.
  const std::vector<RatingPredictor::Rated> twos(4, {1, 2.0F});
  predictor.learn(0, minute(3'000 * 1'440), twos);
  EXPECT_NEAR(predictor.predict(0, 2, minute(3'001 * 1'440)), 5, 1.0);
}

}  // namespace
}  // namespace sluice::model

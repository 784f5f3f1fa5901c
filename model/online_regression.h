#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sluice::model {

// Linear least squares, one example at a time: recursive least squares (Plackett, Biometrika 1950) with
// exponential forgetting, which rests while the weights are less certain than at the start, so that
// directions without examples do not blow up. features^2 operations an example.
class OnlineRegression {
 public:
  // `prior_variance`: of each weight before the first example. `forgetting`: share that stays, at most 1.
  OnlineRegression(std::size_t features, double prior_variance, double forgetting);

  [[nodiscard]] double predict(std::span<const double> features) const;
  void learn(std::span<const double> features, double target);

 private:
  [[nodiscard]] double trace() const;

  double forgetting_;
  double greatest_trace_;
  std::vector<double> weights_;
  std::vector<double> covariance_;  // row by row
  std::vector<double> gain_;        // of the example: covariance * features
};

}  // namespace sluice::model

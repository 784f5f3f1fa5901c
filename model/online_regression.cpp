#include "model/online_regression.h"

#include <cassert>
#include <numeric>

namespace sluice::model {

OnlineRegression::OnlineRegression(std::size_t features, double prior_variance, double forgetting)
    : forgetting_(forgetting),
      greatest_trace_(prior_variance * static_cast<double>(features)),
      weights_(features),
      covariance_(features * features),
      gain_(features) {
  for (std::size_t k = 0; k < features; ++k) covariance_[k * features + k] = prior_variance;
}

double OnlineRegression::predict(std::span<const double> features) const {
  assert(features.size() == weights_.size());
  return std::inner_product(features.begin(), features.end(), weights_.begin(), 0.0);
}

void OnlineRegression::learn(std::span<const double> features, double target) {
  const double error = target - predict(features);
  const std::size_t count = features.size();
  for (std::size_t row = 0; row < count; ++row) {
    const double* const values = &covariance_[row * count];
    gain_[row] = std::inner_product(features.begin(), features.end(), values, 0.0);
  }
  const double kept = trace() < greatest_trace_ ? forgetting_ : 1;
  const double spread = kept + std::inner_product(features.begin(), features.end(), gain_.begin(), 0.0);
  for (std::size_t row = 0; row < count; ++row) {
    weights_[row] += gain_[row] * error / spread;
    double* const values = &covariance_[row * count];
    const double share = gain_[row] / spread;
    for (std::size_t column = 0; column < count; ++column) {
      values[column] = (values[column] - share * gain_[column]) / kept;
    }
  }
}

double OnlineRegression::trace() const {
  double sum = 0;
  for (std::size_t k = 0; k < weights_.size(); ++k) sum += covariance_[k * weights_.size() + k];
  return sum;
}

}  // namespace sluice::model

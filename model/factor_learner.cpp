#include "model/factor_learner.h"

#include <algorithm>
#include <cmath>

#include "model/signals/sequence_factors.h"

namespace sluice::model {

namespace {
constexpr float kTiny = 1e-6F;

// Leaky AdaGrad: returns the step's scale after adding this gradient's mean square.
float adagrad(float& squares, float mean_square, float leak, float step) {
  squares = squares * (1.0F - leak) + mean_square;
  return step / std::sqrt(squares + kTiny);
}
}  // namespace

void FactorLearner::learn(const Moment& moment, User& user, ItemRow positive,
                          std::span<const ItemRow> negatives, float weight) {
  Vector<kFactorDim> v = SequenceFactorsSignal::user_vector(moment, index_, view_);
  const auto score = [&](ItemRow row) {
    const FactorRow& item = view_[row];
    return item.bias + v.dot(ConstVectorMap<kFactorDim>(item.q.data()));
  };
  scores_.assign(1, score(positive));
  for (const ItemRow row : negatives) scores_.push_back(row == positive ? -1e30F : score(row));
  const float greatest = *std::max_element(scores_.begin(), scores_.end());
  float sum = 0;
  for (float& s : scores_) {
    s = fast_exp(s - greatest);
    sum += s;
  }
  Vector<kFactorDim> gradient = Vector<kFactorDim>::Zero();
  step_item(positive, weight * (scores_[0] / sum - 1.0F), v, gradient);
  for (std::size_t k = 0; k < negatives.size(); ++k) {
    if (negatives[k] != positive) step_item(negatives[k], weight * scores_[k + 1] / sum, v, gradient);
  }
  const float mean_square = gradient.squaredNorm() / kFactorDim;
  VectorMap<kFactorDim>(user.factors.data()) -=
      adagrad(user.factor_squares, mean_square, parameters_.factor_leak, parameters_.factor_step) * gradient;
  guard_norm(user.factors);
  step_history(moment, gradient);
}

void FactorLearner::step_item(ItemRow row, float gradient, const Vector<kFactorDim>& user_vector,
                              Vector<kFactorDim>& user_gradient) {
  FactorRow& item = view_.writable(row);
  VectorMap<kFactorDim> q(item.q.data());
  user_gradient += gradient * q;
  const float mean_square = gradient * gradient * user_vector.squaredNorm() / kFactorDim;
  q -= (adagrad(item.q_squares, mean_square, parameters_.factor_leak, parameters_.factor_step) * gradient) *
       user_vector;
  item.bias -= parameters_.factor_bias_step * gradient;
  ++item.q_steps;
  guard_norm(item.q);
}

void FactorLearner::step_history(const Moment& moment, const Vector<kFactorDim>& gradient) {
  const auto weights = SequenceFactorsSignal::step_weights(moment.history);
  const float mean_square = gradient.squaredNorm() / kFactorDim;
  for (std::size_t p = 0; p < weights.count; ++p) {
    const float weight = weights.of[p];
    const ItemId id = moment.history[moment.history.size() - 1 - p].item;
    if (!index_.alive(id)) continue;
    FactorRow& item = view_.writable(row_of(id));
    const float scale = adagrad(item.y_squares, weight * weight * mean_square, parameters_.factor_leak,
                                parameters_.factor_step);
    VectorMap<kFactorDim>(item.y.data()) -= (scale * weight) * gradient;
    ++item.y_steps;
    guard_norm(item.y);
  }
}

}  // namespace sluice::model

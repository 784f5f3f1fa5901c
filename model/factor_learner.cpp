#include "model/factor_learner.h"

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
  const float v_squares = v.squaredNorm();
  const auto score = [&](ItemRow row) {
    const CandidateFactors& item = view_.candidate(row);
    return item.bias + dot(v.data(), item.q.data());
  };
  scores_.assign(1, score(positive));
  for (const ItemRow row : negatives) scores_.push_back(row == positive ? -1e30F : score(row));
  softmax_in_place(scores_);
  Vector<kFactorDim> gradient = Vector<kFactorDim>::Zero();
  step_item(positive, weight * (scores_[0] - 1.0F), v, v_squares, gradient);
  for (std::size_t k = 0; k < negatives.size(); ++k) {
    if (negatives[k] != positive) step_item(negatives[k], weight * scores_[k + 1], v, v_squares, gradient);
  }
  const float mean_square = gradient.squaredNorm() / kFactorDim;
  VectorMap<kFactorDim>(user.factors.data()) -=
      adagrad(user.factor_squares, mean_square, parameters_.factor_leak, parameters_.factor_step) * gradient;
  guard_norm(user.factors);
  step_history(moment, gradient);
}

void FactorLearner::step_item(ItemRow row, float gradient, const Vector<kFactorDim>& user_vector,
                              float user_squares, Vector<kFactorDim>& user_gradient) {
  CandidateFactors& item = view_.writable_candidate(row);
  const float mean_square = gradient * gradient * user_squares / kFactorDim;
  const float step =
      gradient * adagrad(item.q_squares, mean_square, parameters_.factor_leak, parameters_.factor_step);
  const float squares = step_row(item.q.data(), user_vector.data(), user_gradient.data(), gradient, -step);
  item.bias -= parameters_.factor_bias_step * gradient;
  ++item.q_steps;
  if (!(squares <= kMaxNorm * kMaxNorm)) guard_norm(item.q);
}

void FactorLearner::step_history(const Moment& moment, const Vector<kFactorDim>& gradient) {
  const auto weights = SequenceFactorsSignal::step_weights(moment.history);
  const float mean_square = gradient.squaredNorm() / kFactorDim;
  for (std::size_t p = 0; p < weights.count; ++p) {
    const float weight = weights.of[p];
    const ItemId id = moment.history[moment.history.size() - 1 - p].item;
    if (!index_.alive(id)) continue;
    StepFactors& item = view_.writable_step(row_of(id));
    const float scale = adagrad(item.y_squares, weight * weight * mean_square, parameters_.factor_leak,
                                parameters_.factor_step);
    const float squares = add_scaled(item.y.data(), gradient.data(), -scale * weight);
    ++item.y_steps;
    if (!(squares <= kMaxNorm * kMaxNorm)) guard_norm(item.y);
  }
}

}  // namespace sluice::model

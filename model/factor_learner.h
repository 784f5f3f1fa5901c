#pragma once

#include <span>

#include "model/factor_view.h"
#include "model/item_index.h"
#include "model/moment.h"
#include "model/parameters.h"

namespace sluice::model {

// One SGD step of the sequence factors on a sampled softmax with uniform negatives (Jean et al., ACL 2015;
// the correction is the same for all of them and cancels), per-row AdaGrad with a leak, constant step on the
// biases.
class FactorLearner {
 public:
  FactorLearner(const ItemIndex& index, FactorView& view, const Parameters& parameters)
      : index_(index), view_(view), parameters_(parameters) {}

  // `moment` is that before the event's group; `user` the same user, whose p_u is changed. `negatives` may
  // hold the positive and repeat.
  void learn(const Moment& moment, User& user, ItemRow positive, std::span<const ItemRow> negatives,
             float weight);

 private:
  void step_item(ItemRow row, float gradient, const Vector<kFactorDim>& user_vector, float user_squares,
                 Vector<kFactorDim>& user_gradient);
  void step_history(const Moment& moment, const Vector<kFactorDim>& gradient);

  const ItemIndex& index_;
  FactorView& view_;
  Parameters parameters_;
  std::vector<float> scores_;
};

}  // namespace sluice::model

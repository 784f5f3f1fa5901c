#pragma once

#include <array>
#include <vector>

#include "model/baselines/baseline.h"
#include "model/factor_rows.h"
#include "model/random.h"

namespace sluice::baselines {

// Bayesian personalised ranking, online: Rendle, Freudenthaler, Gantner, Schmidt-Thieme: "BPR: Bayesian
// Personalized Ranking from Implicit Feedback", UAI 2009. For each event some items are drawn uniformly, and
// each pair of the taken item i and a drawn one j takes one step up ln(sigmoid(x_i - x_j)), where
// x_i = bias_i + p.q_i is the score.
class Bpr : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 4> kParameters = {
      {{"step", 0.05, 0, 1, "of gradient ascent"},
       {"factors", 32, 1, 1024, "numbers for each user and item"},
       {"regularisation", 0.0025, 0, 10, "pull towards 0"},
       {"negatives", 10, 1, 1000, "items drawn for each event"}}};

  explicit Bpr(const Values& values);
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  void step(UserNumber user, ItemNumber taken, ItemNumber drawn);

  float step_;
  float regularisation_;
  int negatives_;
  model::FactorRows users_;
  model::FactorRows items_;
  std::vector<float> biases_;  // by item
  model::Random random_;
};

}  // namespace sluice::baselines

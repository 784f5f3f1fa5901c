#pragma once

#include <array>

#include "model/baselines/baseline.h"
#include "model/factor_rows.h"

namespace sluice::baselines {

// Incremental SGD on positive events only: Vinagre, Jorge, Gama: "Fast Incremental Matrix Factorization for
// Recommendation with Positive-Only Feedback", UMAP 2014. For each event e = 1 - p.q, then
// p += step * (e * q - regularisation * p), q += step * (e * p - regularisation * q). Score: p.q.
class Isgd : public Baseline {
 public:
  static constexpr std::array<ParameterInfo, 3> kParameters = {
      {{"step", 0.05, 0, 1, "of gradient descent"},
       {"factors", 32, 1, 1024, "numbers for each user and item"},
       {"regularisation", 0.01, 0, 10, "pull towards 0"}}};

  explicit Isgd(const Values& values);
  void learn(const Group& group) override;
  void score(UserNumber user, Timestamp now, std::span<float> scores) override;

 private:
  float step_;
  float regularisation_;
  model::FactorRows users_;
  model::FactorRows items_;
};

}  // namespace sluice::baselines

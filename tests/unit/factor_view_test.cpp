#include "model/factor_view.h"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

TEST(FactorView, AnOverlayLeavesTheBaseAloneUntilItIsMerged) {
  FactorTable base(8);
  base.initialise(3, "film", 1);
  const float before = base[3].q[0];
  FactorView view(base, 8, false);
  view.writable(3).q[0] += 1.0F;
  EXPECT_EQ(base[3].q[0], before);
  EXPECT_EQ(view[3].q[0], before + 1.0F);
  merge_factor_row(base.mutable_row(3), view.overlay().front(), 0);
  EXPECT_FLOAT_EQ(base[3].q[0], before + 1.0F);
}

TEST(FactorView, VectorsOfTwoShardsAddUp) {
  FactorTable base(1);
  FactorView first(base, 1, false);
  FactorView second(base, 1, false);
  first.writable(0).bias += 0.5F;
  second.writable(0).bias += 0.25F;
  merge_factor_row(base.mutable_row(0), first.overlay().front(), 0);
  merge_factor_row(base.mutable_row(0), second.overlay().front(), 0);
  EXPECT_FLOAT_EQ(base[0].bias, 0.75F);
}

// Deltas of leaking sums would turn negative: eight shards that each leak the same base.
TEST(FactorView, AdaGradAccumulatorsStayPositiveWhenManyShardsLeakThem) {
  constexpr float kLeak = 0.003F;
  FactorTable base(1);
  base.mutable_row(0).q_squares = 1.0F;
  std::vector<FactorView> views;
  for (int shard = 0; shard < 8; ++shard) {
    views.emplace_back(base, 1, false);
    FactorRow& row = views.back().writable(0);
    for (int step = 0; step < 100; ++step) {
      row.q_squares *= 1 - kLeak;
      ++row.q_steps;
    }
  }
  for (const FactorView& view : views) merge_factor_row(base.mutable_row(0), view.overlay().front(), kLeak);
  EXPECT_NEAR(base[0].q_squares, std::pow(1 - kLeak, 800), 1e-3);
}

TEST(FactorView, AVectorThatGrewBeyondTheGuardIsScaledBack) {
  std::array<float, kFactorDim> vector{};
  vector[0] = 1e6F;
  guard_norm(vector);
  EXPECT_FLOAT_EQ(vector[0], kMaxNorm);
  vector[1] = std::numeric_limits<float>::quiet_NaN();
  guard_norm(vector);
  EXPECT_EQ(vector[0], 0.0F);
}

}  // namespace
}  // namespace sluice::model

#include "model/factor_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sluice::model {
namespace {

constexpr float kLeak = 0.003F;

void merge(FactorTable& base, const std::vector<FactorView>& views) {
  std::vector<const FactorView*> all;
  for (const FactorView& view : views) all.push_back(&view);
  for (std::size_t slice = 0; slice < views.size(); ++slice) merge_factors(base, all, slice, kLeak);
}

std::vector<FactorView> make_views(FactorTable& base, std::size_t rows, std::size_t shards) {
  std::vector<FactorView> views;
  for (std::size_t shard = 0; shard < shards; ++shard) views.emplace_back(base, rows, shards);
  return views;
}

TEST(FactorView, AnOverlayLeavesTheBaseAloneUntilItIsMerged) {
  FactorTable base(8);
  base.initialise(3, "film", 1);
  const float before = base[3].q[0];
  auto views = make_views(base, 8, 2);
  views[0].writable_candidate(3).q[0] += 1.0F;
  EXPECT_EQ(base[3].q[0], before);
  EXPECT_EQ(views[0].candidate(3).q[0], before + 1.0F);
  EXPECT_EQ(views[1].candidate(3).q[0], before);
  merge(base, views);
  EXPECT_EQ(base[3].q[0], before + 1.0F);
}

// Sums of differences would lose the last bits.
TEST(FactorView, WhatOneShardAloneChangedIsTakenOverAsItIs) {
  FactorTable base(4);
  base.initialise(2, "film", 1);
  auto views = make_views(base, 4, 2);
  CandidateFactors& candidate = views[1].writable_candidate(2);
  for (float& x : candidate.q) x *= 1.0000001F / 3;
  candidate.q_squares = 1e-9F;
  const CandidateFactors changed = candidate;
  const std::array<float, kFactorDim> untouched = base[2].y;
  merge(base, views);
  EXPECT_EQ(base[2].q, changed.q);
  EXPECT_EQ(base[2].q_squares, changed.q_squares);
  EXPECT_EQ(base[2].y, untouched);
}

TEST(FactorView, VectorsOfTwoShardsAddUp) {
  FactorTable base(1);
  auto views = make_views(base, 1, 2);
  views[0].writable_candidate(0).bias += 0.5F;
  views[1].writable_candidate(0).bias += 0.25F;
  views[1].writable_step(0).y[7] += 2.0F;
  merge(base, views);
  EXPECT_FLOAT_EQ(base[0].bias, 0.75F);
  EXPECT_FLOAT_EQ(base[0].y[7], 2.0F);
}

TEST(FactorView, ARowThatIsRenamedIsMergedUnderItsNewNumberAlone) {
  FactorTable base(64);
  auto views = make_views(base, 64, 2);
  views[0].initialise(5, FactorTable::initial("film", 1));
  views[1].initialise(40, FactorTable::initial("film", 1));
  base.initialise(5, "film", 1);
  const float before = base[5].bias;
  views[0].writable_candidate(5).bias += 0.5F;
  views[1].writable_candidate(40).bias += 0.25F;
  views[1].rename(40, 5);
  merge(base, views);
  EXPECT_FLOAT_EQ(base[5].bias, before + 0.75F);
  EXPECT_EQ(base[40].bias, 0.0F);
  EXPECT_EQ(base[40].q[0], 0.0F);
  for (FactorView& view : views) view.clear_overlay();
  EXPECT_EQ(&views[1].candidate(5), &base[5]);
  EXPECT_EQ(&views[1].candidate(40), &base[40]);
}

// Deltas of leaking sums would turn negative: eight shards that each leak the same base.
TEST(FactorView, AdaGradAccumulatorsStayPositiveWhenManyShardsLeakThem) {
  FactorTable base(1);
  base.mutable_row(0).q_squares = 1.0F;
  auto views = make_views(base, 1, 8);
  for (FactorView& view : views) {
    CandidateFactors& row = view.writable_candidate(0);
    for (int step = 0; step < 100; ++step) {
      row.q_squares *= 1 - kLeak;
      ++row.q_steps;
    }
  }
  merge(base, views);
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

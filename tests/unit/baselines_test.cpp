#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/baselines/baseline.h"

namespace sluice::baselines {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;

constexpr UserNumber kAnn = 0;
constexpr UserNumber kBob = 1;
constexpr UserNumber kCid = 2;

Timestamp at_minute(double minute) {
  return from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(minute * 60'000));
}

// A baseline under test, fed event by event.
class Fed {
 public:
  explicit Fed(std::string_view name, std::map<std::string, double> parameters = {})
      : baseline_(make_baseline(*find_baseline(name), parameters, 1)) {}

  Fed& take(UserNumber user, double minute, std::vector<ItemNumber> items, float weight = 1) {
    std::vector<Line> lines;
    for (const ItemNumber item : items) {
      lines.push_back({item, weight, std::numeric_limits<float>::quiet_NaN()});
      items_ = std::max<std::size_t>(items_, item + 1);
    }
    baseline_->learn({user, at_minute(minute), lines});
    return *this;
  }
  [[nodiscard]] std::vector<float> scores(UserNumber user, double minute) {
    std::vector<float> scores(items_);
    baseline_->score(user, at_minute(minute), scores);
    return scores;
  }
  // Items from the best to the worst.
  [[nodiscard]] std::vector<ItemNumber> ranked(UserNumber user, double minute) {
    const auto by_item = scores(user, minute);
    std::vector<ItemNumber> items(by_item.size());
    for (ItemNumber item = 0; item < items.size(); ++item) items[item] = item;
    std::ranges::stable_sort(items, std::greater<>(), [&](ItemNumber item) { return by_item[item]; });
    return items;
  }

 private:
  std::unique_ptr<Baseline> baseline_;
  std::size_t items_ = 0;
};

TEST(Baselines, EveryParameterHasADefaultWithinItsBounds) {
  for (const BaselineInfo& info : baseline_infos()) {
    for (const ParameterInfo& parameter : info.parameters) {
      EXPECT_LE(parameter.least, parameter.fallback) << info.name << ' ' << parameter.name;
      EXPECT_GE(parameter.greatest, parameter.fallback) << info.name << ' ' << parameter.name;
    }
  }
}

TEST(Baselines, NoNameMeansTwoOfThem) {
  for (const BaselineInfo& info : baseline_infos()) EXPECT_EQ(find_baseline(info.name), &info);
  EXPECT_EQ(find_baseline("blend"), nullptr);
}

TEST(Baselines, EachRanksForAUserItHasNeverSeen) {
  for (const BaselineInfo& info : baseline_infos()) {
    Fed fed(info.name);
    fed.take(kAnn, 0, {0, 1}).take(kBob, 1, {1});
    for (const float score : fed.scores(kUnknownUser, 2)) EXPECT_TRUE(std::isfinite(score)) << info.name;
  }
}

TEST(Baselines, NegativeEventsBreakNone) {
  for (const BaselineInfo& info : baseline_infos()) {
    Fed fed(info.name);
    fed.take(kAnn, 0, {0}, -1).take(kBob, 1, {1}).take(kBob, 2, {1}, -1).take(kAnn, 3, {2});
    for (const float score : fed.scores(kAnn, 4)) EXPECT_TRUE(std::isfinite(score)) << info.name;
  }
}

TEST(PopularityBaseline, WithoutHalfLifeCountsForEver) {
  Fed fed("popularity");
  fed.take(kAnn, 0, {0, 1, 1}).take(kBob, 1e6, {0, 1});
  EXPECT_THAT(fed.scores(kAnn, 2e6), ElementsAre(FloatEq(1), FloatNear(std::log2(3.0F), 1e-6F)));
}

TEST(PopularityBaseline, AnEventCountsHalfAfterTheHalfLife) {
  Fed fed("popularity", {{"half_life_hours", 1}});
  fed.take(kAnn, 0, {0, 0, 0, 0}).take(kAnn, 60, {1});  // 4 an hour ago are worth 2 now, 1 in another hour
  EXPECT_THAT(fed.scores(kAnn, 60), ElementsAre(FloatEq(1), FloatEq(0)));
  EXPECT_THAT(fed.scores(kAnn, 120), ElementsAre(FloatEq(0), FloatEq(-1)));
}

TEST(PopularityBaseline, ANewEventIsAddedToWhatIsLeftOfTheOlder) {
  Fed fed("popularity", {{"half_life_hours", 1}});
  fed.take(kAnn, 0, {0}).take(kAnn, 60, {0});
  EXPECT_THAT(fed.scores(kAnn, 60), ElementsAre(FloatEq(std::log2(1.5F))));
}

TEST(PopularityBaseline, ALongPauseDoesNotMakeItemsEqual) {
  Fed fed("popularity", {{"half_life_hours", 0.25}});
  fed.take(kAnn, 0, {0}).take(kAnn, 1, {1});
  EXPECT_THAT(fed.ranked(kAnn, 60 * 24 * 60), ElementsAre(1, 0));
}

TEST(OwnCountsBaseline, TheUsersOwnTakesGoBeforeEverybodyElses) {
  Fed fed("own_counts");
  fed.take(kAnn, 0, {2}).take(kBob, 1, {1, 1, 0, 0, 0}).take(kAnn, 2, {1, 1});
  EXPECT_THAT(fed.ranked(kAnn, 3), ElementsAre(1, 2, 0));
  EXPECT_THAT(fed.ranked(kUnknownUser, 3), ElementsAre(1, 0, 2));  // 4, 3 and 1 takes
}

TEST(OwnCountsBaseline, EqualCountsAreOrderedByPopularity) {
  Fed fed("own_counts");
  fed.take(kBob, 0, {1}).take(kAnn, 1, {0, 1});
  EXPECT_THAT(fed.ranked(kAnn, 2), ElementsAre(1, 0));
}

TEST(OwnCountsBaseline, ACancelTakesACountBack) {
  Fed fed("own_counts");
  fed.take(kAnn, 0, {0, 0, 1}).take(kAnn, 1, {0, 0}, -1).take(kBob, 2, {0, 0, 0, 0});
  EXPECT_THAT(fed.ranked(kAnn, 3), ElementsAre(1, 0));
}

// With one event only, p.q grows towards 1; nothing pushes the other items down.
TEST(IsgdBaseline, OneEventMovesItsScoreTowardsOneAndLeavesOtherItemsFactors) {
  Fed one("isgd", {{"step", 0.1}, {"regularisation", 0}});
  one.take(kAnn, 0, {0}).take(kBob, 0, {1});
  const auto before = one.scores(kBob, 1);
  one.take(kAnn, 1, {0});
  const auto after = one.scores(kBob, 1);
  EXPECT_EQ(before[1], after[1]);
  EXPECT_NE(before[0], after[0]);
  for (int k = 0; k < 200; ++k) one.take(kAnn, 2, {0});
  EXPECT_NEAR(one.scores(kAnn, 3)[0], 1, 1e-3);
}

TEST(IsgdBaseline, TheItemsStepUsesTheUsersNewFactors) {
  // With one factor: e = 1 - pq, p' = p + s e q, q' = q + s e p'.
  const std::map<std::string, double> parameters = {{"step", 0.5}, {"factors", 1}, {"regularisation", 0}};
  Fed still("isgd", {{"step", 0}, {"factors", 1}, {"regularisation", 0}});
  still.take(kAnn, 0, {0}).take(kBob, 0, {1});
  const auto ann = still.scores(kAnn, 1);  // p q0, p q1
  Fed moving("isgd", parameters);
  moving.take(kAnn, 0, {0}).take(kBob, 0, {1}, -1);
  // x = p q; the score after the step is x + s e (p^2 + q^2) + ...; a ratio that the step does not change:
  // p'/p = 1 + s e q/p is seen in the score of the untouched item 1.
  const float e = 1 - ann[0];
  const float growth = moving.scores(kAnn, 1)[1] / ann[1];  // p'/p
  const float q_per_p = (growth - 1) / (0.5F * e);          // q/p
  const float q_growth = 1 + 0.5F * e * growth / q_per_p;   // q'/q
  EXPECT_NEAR(moving.scores(kAnn, 1)[0], ann[0] * growth * q_growth, 2e-6);
}

TEST(BprBaseline, TakenItemsOvertakeTheOthers) {
  Fed fed("bpr");
  fed.take(kBob, 0, {0, 1, 2, 3});
  for (int k = 1; k < 300; ++k) fed.take(kAnn, k, {0}).take(kBob, k, {2});
  EXPECT_EQ(fed.ranked(kAnn, 300).front(), 0U);
  EXPECT_EQ(fed.ranked(kBob, 300).front(), 2U);
}

TEST(BprBaseline, ItemsOfTheSameBasketAreNoNegativesOfEachOther) {
  Fed fed("bpr", {{"step", 0.1}});
  for (int k = 0; k < 50; ++k) fed.take(kAnn, k, {0, 1});
  Fed untouched("bpr", {{"step", 0}});
  untouched.take(kAnn, 0, {0, 1});
  EXPECT_EQ(fed.scores(kAnn, 100), untouched.scores(kAnn, 100));
}

// Users of 0: Ann, Bob; of 1: Ann, Cid; of 2: Bob; of 3: Cid. cos(0, 1) = 1/2, cos(0, 2) = 1/sqrt(2),
// cos(1, 3) = 1/sqrt(2).
TEST(ItemKnnBaseline, ScoresBySharedUsersOverTheRootOfBothCounts) {
  Fed fed("item_knn", {{"own", 0}});
  fed.take(kAnn, 0, {0, 1}).take(kBob, 1, {0, 2}).take(kCid, 2, {1, 3});
  EXPECT_THAT(fed.ranked(kBob, 3), ElementsAre(0, 2, 1, 3));  // 0.71 (from 2), 0.71 (from 0), 0.5, silent
  fed.take(3, 4, {3});
  // The new user has 3 alone, whose cosine with 1 has fallen to 1/2; all others by popularity.
  EXPECT_THAT(fed.ranked(3, 5).front(), 1U);
}

TEST(ItemKnnBaseline, OnlyTheNearestNeighboursLend) {
  Fed fed("item_knn", {{"own", 0}, {"neighbours", 1}});
  fed.take(kAnn, 0, {0, 1, 2}).take(kBob, 1, {0, 1}).take(kCid, 2, {3, 3, 3}).take(kBob, 3, {3});
  fed.take(4, 4, {2});  // 2's neighbours are 0 and 1, equally near; one of them counts, then popularity
  const auto scores = fed.scores(4, 5);
  EXPECT_EQ((scores[0] >= 1) + (scores[1] >= 1), 1);
}

TEST(ItemKnnBaseline, AnItemOnlyLendsToItselfIfAsked) {
  for (const double own : {0.0, 1.0}) {
    Fed fed("item_knn", {{"own", own}});
    fed.take(kAnn, 0, {0}).take(kBob, 1, {1, 1, 1});
    EXPECT_EQ(fed.ranked(kAnn, 2).front(), own > 0 ? 0U : 1U);
  }
}

TEST(VmisKnnBaseline, SessionsThatShareAnItemVoteForTheirOthers) {
  Fed fed("vmis_knn");
  fed.take(kAnn, 0, {0}).take(kAnn, 1, {1}).take(kBob, 2, {2, 3, 3, 3}).take(kCid, 3, {0});
  EXPECT_EQ(fed.ranked(kCid, 4).front(), 1U);
  EXPECT_GT(fed.scores(kCid, 4)[1], fed.scores(kCid, 4)[3]);
}

TEST(VmisKnnBaseline, APauseEndsTheSession) {
  Fed fed("vmis_knn");
  fed.take(kAnn, 0, {0}).take(kAnn, 1, {1}).take(kBob, 2, {3}).take(kBob, 100, {3}).take(kCid, 100, {0});
  EXPECT_EQ(fed.ranked(kCid, 130).front(), 1U);
  EXPECT_EQ(fed.ranked(kCid, 131).front(), 0U);  // no session: by popularity, 0 and 3 with two each
  Fed apart("vmis_knn");
  apart.take(kAnn, 0, {0}).take(kAnn, 31, {1}).take(kBob, 32, {2, 2}).take(kCid, 33, {0});
  EXPECT_LT(apart.scores(kCid, 34)[1], 1);  // 0 and 1 were in two sessions: no vote
}

// Present session: 0, then 1 (weights 1/2, 1). Session A = {0, 2} is similar by 1/2, last shared two steps
// back; B = {1, 3} by 1, one step back.
TEST(VmisKnnBaseline, LaterItemsOfThePresentSessionCountMore) {
  Fed fed("vmis_knn");
  fed.take(kAnn, 0, {0, 2}).take(kBob, 1, {1, 3}).take(kCid, 2, {0}).take(kCid, 3, {1});
  const auto ranked = fed.ranked(kCid, 4);
  const auto place = [&](ItemNumber item) { return std::ranges::find(ranked, item) - ranked.begin(); };
  EXPECT_LT(place(3), place(2));
}

TEST(VmisKnnBaseline, OnlyTheLatestSessionsOfAnItemAreLookedAt) {
  Fed fed("vmis_knn", {{"recent", 2}});  // the present session is one of them
  fed.take(kAnn, 0, {0, 1}).take(kBob, 1, {0, 2}).take(kCid, 2, {0});
  EXPECT_GE(fed.scores(kCid, 3)[2], 1);
  EXPECT_LT(fed.scores(kCid, 3)[1], 1);
}

}  // namespace
}  // namespace sluice::baselines

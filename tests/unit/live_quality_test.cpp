#include "pipeline/live_quality.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace sluice::pipeline {
namespace {

std::vector<model::RankedEntry> entries(const std::vector<std::string>& items) {
  std::vector<model::RankedEntry> entries;
  for (const std::string& item : items) entries.push_back({.item = item});
  return entries;
}

class LiveQualityTest : public testing::Test {
 protected:
  void score(const std::string& item, bool known, float weight = 1) {
    const std::array lines{model::Line{item, weight, 0, Offset{0}}};
    quality_.score({PartitionId{0}, "u", from_unix_ms(0), lines}, known, popular_);
  }

  ShardCounters counters_;
  LiveQuality quality_{counters_};
  const std::vector<std::string> popular_items_ = {"p1", "p2"};
  TopTen popular_ = top_ten(entries(popular_items_));
};

TEST_F(LiveQualityTest, ScoresTheListThatWasPublishedBeforeTheEvent) {
  const std::vector<std::string> items = {"a", "b"};
  quality_.published("u", entries(items));
  score("a", true);
  score("p1", true);
  EXPECT_EQ(counters_.quality_scored.get(), 2u);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  EXPECT_EQ(counters_.popular_hits.get(), 1u);
}

TEST_F(LiveQualityTest, AnUnknownUserIsShownThePopularList) {
  score("p2", false);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  EXPECT_EQ(counters_.popular_hits.get(), 1u);
}

TEST_F(LiveQualityTest, AKnownUserWhoseListIsNotKnownIsNotScored) {
  score("p2", true);
  EXPECT_EQ(counters_.quality_scored.get(), 0u);
}

TEST_F(LiveQualityTest, EventsAgainstAnItemAreNotScored) {
  score("p2", false, -1);
  EXPECT_EQ(counters_.quality_scored.get(), 0u);
}

TEST_F(LiveQualityTest, OnlyTheFirstTenCount) {
  std::vector<std::string> items;
  for (int i = 0; i < 12; ++i) items.push_back("i" + std::to_string(i));
  quality_.published("u", entries(items));
  score("i9", true);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  score("i10", true);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
}

TEST(LiveQuality, SamplesOneUserInSixteen) {
  int sampled = 0;
  for (int i = 0; i < 16'000; ++i) sampled += LiveQuality::sampled("user" + std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(sampled, 1000, 150);
}

}  // namespace
}  // namespace sluice::pipeline

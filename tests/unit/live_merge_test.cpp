#include "common/live_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using Kept = std::vector<KeptEntry<std::string>>;
using Live = std::vector<LiveEntry<std::string>>;

std::vector<std::string> merged(const Kept& kept, double base, const Live& live, std::size_t n = 10,
                                std::size_t skipped = 99) {
  std::vector<std::string> items;
  const auto skip = [&](std::size_t place) { return place == skipped; };
  for (const auto& entry : merge_live<std::string>(kept, base, live, skip, n)) items.push_back(entry.id);
  return items;
}

TEST(LiveMerge, AnItemOfBothTakesTheLiveCommonPart) {
  const auto both = merge_live<std::string>(
      Kept{{"a", 1, 5}}, 0, Live{{"a", 2}}, [](auto) { return false; }, 9);
  ASSERT_EQ(both.size(), 1U);
  EXPECT_DOUBLE_EQ(both[0].score, 3);
}

TEST(LiveMerge, AnItemThatIsLiveOnlyStandsAtTheBaseAndItsCommonPart) {
  EXPECT_THAT(merged({{"a", 2, 1}}, 0.5, {{"new", 2.6}, {"a", 1}}), testing::ElementsAre("new", "a"));
  EXPECT_THAT(merged({{"a", 2, 1}}, 0.3, {{"new", 2.6}, {"a", 1}}), testing::ElementsAre("a", "new"));
}

TEST(LiveMerge, AnItemThatIsNotLiveAnyMoreIsNotBetterThanTheLeastLiveOne) {
  const auto all = merge_live<std::string>(
      Kept{{"old", 1, 9}, {"low", 1, 0.5}}, 0, Live{{"x", 3}, {"y", 2}}, [](auto) { return false; }, 9);
  EXPECT_EQ(all[0].id, "old");  // 1 + 2 ties with x, and kept entries come first
  EXPECT_DOUBLE_EQ(all[0].score, 3);
  EXPECT_EQ(all.back().id, "low");
  EXPECT_DOUBLE_EQ(all.back().score, 1.5);
}

TEST(LiveMerge, WhatTheUserHasHadIsNotAdded) {
  EXPECT_THAT(merged({{"a", 1, 1}}, 0, {{"x", 9}, {"y", 1}}, 10, 0), testing::ElementsAre("a", "y"));
}

TEST(LiveMerge, WithoutALiveListTheDocumentStays) {
  EXPECT_THAT(merged({{"a", 1, 1}, {"b", 0, 1.5}}, 7, {}), testing::ElementsAre("a", "b"));
}

TEST(LiveMerge, EqualScoresKeepTheirOrderAndOnlyTheBestAreGiven) {
  EXPECT_THAT(merged({{"a", 1, 0}, {"b", 1, 0}}, 0, {{"c", 1}, {"d", 1}}, 3),
              testing::ElementsAre("a", "b", "c"));
}

TEST(LiveMerge, PartsHaveFourDecimals) {
  EXPECT_EQ(round_part(1.00004999), 1.0);
  EXPECT_EQ(round_part(-0.12345678), -0.1235);
  EXPECT_EQ(round_part(-3e38), -100'000.0);
}

}  // namespace
}  // namespace sluice

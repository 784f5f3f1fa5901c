#include "pipeline/live_quality.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace sluice::pipeline {
namespace {

// A list of these items whose parts are such that live items with common parts above 1 come first.
model::RankedList ranked(const std::vector<std::string>& items) {
  model::RankedList list;
  for (const std::string& item : items) {
    model::RankedEntry& entry = list.entries.emplace_back();
    entry.item = item;
  }
  return list;
}

class LiveQualityTest : public testing::Test {
 protected:
  void score(const std::string& item, bool known, float weight = 1,
             std::span<const model::RankedEntry> requested = {}) {
    const std::array lines{model::Line{item, weight, 0, Offset{0}}};
    quality_.score({PartitionId{0}, "u", from_unix_ms(0), lines}, known, common_, requested);
  }
  void publish(const std::vector<std::string>& items) {
    quality_.published("u", model::LiveDocument(ranked(items)));
  }

  ShardCounters counters_;
  LiveQuality quality_{counters_};
  const std::vector<std::string> popular_items_ = {"p1", "p2"};
  CommonLists common_{model::LiveDocument(ranked(popular_items_)), {}};
};

TEST_F(LiveQualityTest, ScoresTheListThatWasPublishedBeforeTheEvent) {
  publish({"a", "b"});
  score("a", true);
  score("p1", true);
  EXPECT_EQ(counters_.quality_scored.get(), 2u);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  EXPECT_EQ(counters_.unmerged_hits.get(), 1u);
  EXPECT_EQ(counters_.popular_hits.get(), 1u);
}

TEST_F(LiveQualityTest, ReadersMergeTheListWithTheLiveListOfTheirContext) {
  const std::vector<std::string> items = {"a"};
  model::RankedList list = ranked(items);
  list.live.split = true;
  quality_.published("u", model::LiveDocument(list));
  std::array<model::LiveRanking, model::kContexts> live;
  live[0].entries = {{"new", 2.0F}};  // the document has no past
  common_.live = model::LiveLists(live);
  score("new", true);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  EXPECT_EQ(counters_.unmerged_hits.get(), 0u);
}

TEST_F(LiveQualityTest, AListMadeForTheEventIsCountedBesideThem) {
  publish({"a"});
  const std::vector<std::string> items = {"x"};
  const model::RankedList requested = ranked(items);
  score("x", true, 1, requested.entries);
  score("x", true);
  EXPECT_EQ(counters_.quality_scored.get(), 2u);
  EXPECT_EQ(counters_.requested_scored.get(), 1u);
  EXPECT_EQ(counters_.requested_hits.get(), 1u);
  EXPECT_EQ(counters_.published_hits.get(), 0u);
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
  publish(items);
  score("i9", true);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
  score("i10", true);
  EXPECT_EQ(counters_.published_hits.get(), 1u);
}

TEST_F(LiveQualityTest, NewUsersAreTakenWhenThereAreManyMoreThanThereIsRoomFor) {
  const std::vector<std::string> items = {"a"};
  const std::array lines{model::Line{"a", 1, 0, Offset{0}}};
  const auto event_of = [&](const std::string& user) {
    const std::uint64_t before = counters_.published_hits.get();
    quality_.score({PartitionId{0}, user, from_unix_ms(0), lines}, true, common_, {});
    return counters_.published_hits.get() > before;
  };
  // Two generations, of whom the first has gone when the second comes; lists are published again now and
  // then.
  const LiveQuality largest_sample(counters_);
  std::array<std::vector<std::string>, 2> users;
  for (std::size_t generation = 0; generation < users.size(); ++generation) {
    for (int i = 0; i < 1'200'000; ++i) {
      const std::string user = std::to_string(generation) + ":" + std::to_string(i);
      if (largest_sample.sampled(user)) users[generation].push_back(user);
    }
    ASSERT_GT(users[generation].size(), LiveQuality::kMaxUsers);
    for (int pass = 0; pass < 3; ++pass) {
      for (const std::string& user : users[generation]) {
        if (quality_.sampled(user)) quality_.published(user, model::LiveDocument(ranked(items)));
      }
    }
    EXPECT_LE(quality_.users(), LiveQuality::kMaxUsers);
  }
  // Of the users of today everybody in the sample is scored, and there are enough of them.
  int scored = 0;
  for (const std::string& user : users[1]) {
    if (!quality_.sampled(user)) continue;
    EXPECT_TRUE(event_of(user)) << user;
    ++scored;
  }
  EXPECT_GT(scored, 10'000);
}

TEST_F(LiveQualityTest, SamplesOneUserInSixteen) {
  int sampled = 0;
  for (int i = 0; i < 16'000; ++i) sampled += quality_.sampled("user" + std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(sampled, 1000, 150);
}

}  // namespace
}  // namespace sluice::pipeline

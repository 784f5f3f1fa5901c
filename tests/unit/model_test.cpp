#include "model/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/model_events.h"

namespace sluice::model {
namespace {

using test::kPartition;

class ModelTest : public ::testing::Test {
 protected:
  void learn_all(Model& model, const std::vector<test::ModelEvent>& events) {
    model.shard(0).assign(kPartition);
    test::learn_all(model.shard(0), kPartition, events);
  }
};

TEST_F(ModelTest, ListsFollowTheTasteOfTheirUser) {
  Model model({}, 1);
  const auto events = test::model_events(11, 8'000);
  learn_all(model, events);
  for (int user = 0; user < 4; ++user) {
    const auto items =
        test::ranked_items(model.shard(0), kPartition, "u" + std::to_string(user), events.back().time, 10);
    ASSERT_EQ(items.size(), 10U);
    const auto own = std::count_if(items.begin(), items.end(), [&](const std::string& item) {
      return std::stoi(item.substr(1)) % 4 == user;
    });
    EXPECT_GE(own, 8) << "user " << user;
  }
}

TEST_F(ModelTest, ExcludedRepeatsAreNeverListed) {
  config::Options options;
  options.ranking.repeats = "exclude";
  Model model(options, 1);
  const auto events = test::model_events(12, 2'000, 40, 400);
  learn_all(model, events);
  const auto items = test::ranked_items(model.shard(0), kPartition, "u5", events.back().time, 400);
  EXPECT_FALSE(items.empty());
  for (const auto& event : events) {
    if (event.user != "u5") continue;
    EXPECT_EQ(std::count(items.begin(), items.end(), event.item), 0) << event.item;
  }
}

// More of them than a moment numbers.
TEST_F(ModelTest, ExcludedRepeatsAreNeverListedHoweverMany) {
  constexpr int kItems = 16'500;
  constexpr int kOthers = 30;
  config::Options options;
  options.ranking.repeats = "exclude";
  options.limits.seen_per_user = kItems;
  Model model(options, 1);
  Shard& shard = model.shard(0);
  shard.assign(kPartition);
  const auto learn = [&](const std::string& user, int first, int count, Timestamp time) {
    std::vector<std::string> names;
    for (int k = first; k < first + count; ++k) names.push_back("i" + std::to_string(k));
    std::vector<Line> lines;
    for (const std::string& name : names) lines.push_back({name, 1, 0, Offset{first + 1}});
    return shard.learn({kPartition, user, time, lines});
  };
  for (int k = 0; k < kItems + kOthers; k += kOthers) {
    learn("u" + std::to_string(k), k, kOthers, from_unix_ms(1'000'000'000 + k));
  }
  for (int k = 0; k < kItems; k += 500) learn("all but some", k, 500, from_unix_ms(2'000'000'000 + k));
  ASSERT_EQ(shard.user(kPartition, "all but some")->seen.exact().size(), std::size_t{kItems});
  const auto items = test::ranked_items(shard, kPartition, "all but some", from_unix_ms(2'100'000'000), 100);
  EXPECT_FALSE(items.empty());
  for (const std::string& item : items) EXPECT_GE(std::stoi(item.substr(1)), kItems) << item;
}

TEST_F(ModelTest, HiddenItemsAreNeverListedUntilTheyAreShownAgain) {
  Model model({}, 1);
  const auto events = test::model_events(13, 2'000);
  learn_all(model, events);
  const auto before = test::ranked_items(model.shard(0), kPartition, "u1", events.back().time, 10);
  ASSERT_FALSE(before.empty());
  model.shard(0).set_hidden(before.front(), true);
  const auto hidden = test::ranked_items(model.shard(0), kPartition, "u1", events.back().time, 10);
  EXPECT_EQ(std::count(hidden.begin(), hidden.end(), before.front()), 0);
  model.shard(0).set_hidden(before.front(), false);
  EXPECT_EQ(test::ranked_items(model.shard(0), kPartition, "u1", events.back().time, 10), before);
}

TEST_F(ModelTest, ListsAreSortedUniqueAndFinite) {
  Model model({}, 1);
  const auto events = test::model_events(14, 3'000);
  learn_all(model, events);
  RankedList list;
  ASSERT_TRUE(model.shard(0).rank(*model.shard(0).find(kPartition, "u2"), events.back().time, 50, list));
  for (std::size_t k = 0; k < list.entries.size(); ++k) {
    EXPECT_TRUE(std::isfinite(list.entries[k].score));
    EXPECT_LE(list.entries[k].score, list.entries[k == 0 ? 0 : k - 1].score);
  }
}

TEST_F(ModelTest, AnErasedUserIsGone) {
  Model model({}, 1);
  learn_all(model, test::model_events(15, 500));
  EXPECT_TRUE(model.shard(0).erase(kPartition, "u1"));
  EXPECT_FALSE(model.shard(0).find(kPartition, "u1"));
  EXPECT_FALSE(model.shard(0).erase(kPartition, "u1"));
}

TEST_F(ModelTest, ARetractedEventLeavesCountsAndHistoryAsIfItHadNotBeen) {
  Model model({}, 1);
  model.shard(0).assign(kPartition);
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  test::learn(model.shard(0), kPartition, {"u", "kept", time}, 0);
  test::learn(model.shard(0), kPartition, {"u", "gone", time + std::chrono::seconds(5)}, 1);
  EXPECT_FALSE(model.shard(0).retract(kPartition, "u", "gone", time));
  EXPECT_TRUE(model.shard(0).retract(kPartition, "u", "gone", time + std::chrono::seconds(5)));
  const ItemStats& stats = model.items().stats[row_of(model.items().index.find("gone"))];
  EXPECT_EQ(stats.events, 0U);
  EXPECT_NEAR(stats.total, 0, 1e-12);
  EXPECT_EQ(model.shard(0).user(kPartition, "u")->history.size(), 1U);
}

TEST_F(ModelTest, ABotsMillionEventsOfHugeWeightKeepEveryNumberFinite) {
  Model model({}, 1);
  model.shard(0).assign(kPartition);
  for (int k = 0; k < 20'000; ++k) {
    const Timestamp time = from_unix_ms(1'600'000'000'000 + k);
    test::learn(model.shard(0), kPartition, {"bot", "i" + std::to_string(k % 7), time}, k, 1e6F);
  }
  RankedList list;
  model.shard(0).rank_unknown(from_unix_ms(1'600'000'100'000), 10, list);
  ASSERT_EQ(list.entries.size(), 7U);
  for (const RankedEntry& entry : list.entries) EXPECT_TRUE(std::isfinite(entry.score));
}

TEST_F(ModelTest, TheLeastRecentlyActiveUsersMakeRoomBeyondTheLimit) {
  config::Options options;
  options.limits.max_users = 100;
  Model model(options, 1);
  model.shard(0).assign(kPartition);
  for (int k = 0; k < 1'000; ++k) {
    const Timestamp time = from_unix_ms(1'600'000'000'000 + k * 1'000);
    test::learn(model.shard(0), kPartition, {"u" + std::to_string(k), "i", time}, k);
  }
  EXPECT_EQ(model.stats().users, 100U);
  EXPECT_EQ(model.stats().evicted_users, 900U);
  EXPECT_TRUE(model.shard(0).find(kPartition, "u999"));
}

}  // namespace
}  // namespace sluice::model

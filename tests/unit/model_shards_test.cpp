#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/inspect.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

// Learns the events on `shards` shards with an epoch every `epoch` events; user u<n> lives in partition n %
// shards.
std::unique_ptr<Model> learned(int shards, std::size_t epoch, const std::vector<test::ModelEvent>& events) {
  auto model = std::make_unique<Model>(config::Options{}, shards);
  for (int shard = 0; shard < shards; ++shard) model->shard(shard).assign(PartitionId{shard});
  for (std::size_t k = 0; k < events.size(); ++k) {
    const int shard = std::stoi(events[k].user.substr(1)) % shards;
    test::learn(model->shard(shard), PartitionId{shard}, events[k], static_cast<std::int64_t>(k));
    if (k % epoch == epoch - 1) model->merge();
  }
  model->merge();
  return model;
}

TEST(ModelShards, CountsAreTheSameHoweverManyShardsLearned) {
  const auto events = test::model_events(5, 5'000, 40, 400);
  const auto one = learned(1, 100, events);
  for (const int shards : {2, 3, 8}) {
    const auto many = learned(shards, 100, events);
    EXPECT_EQ(many->stats().items, one->stats().items);
    EXPECT_EQ(many->stats().users, one->stats().users);
    for (ItemRow row = 0; row < one->items().index.rows(); ++row) {
      const auto name = one->items().index.name(row);
      const ItemId other = many->items().index.find(name);
      ASSERT_NE(other, ItemIndex::kNoItem) << name;
      const ItemStats& expected = one->items().stats[row];
      const ItemStats& found = many->items().stats[row_of(other)];
      EXPECT_EQ(found.events, expected.events) << name;
      EXPECT_EQ(found.first_ms, expected.first_ms) << name;
      for (std::size_t h = 0; h < kHalfLives.size(); ++h) {
        ASSERT_EQ(found.mark[h], expected.mark[h]);
        EXPECT_NEAR(found.decayed[h], expected.decayed[h], 1e-9 * expected.decayed[h]) << name;
      }
    }
  }
}

TEST(ModelShards, ANewItemMetByTwoShardsInOneEpochIsOneItem) {
  Model model({}, 2);
  model.shard(0).assign(PartitionId{0});
  model.shard(1).assign(PartitionId{1});
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  test::learn(model.shard(0), PartitionId{0}, {"a", "new", time}, 0);
  test::learn(model.shard(1), PartitionId{1}, {"b", "new", time}, 0);
  model.merge();
  EXPECT_EQ(model.stats().items, 1U);
  EXPECT_EQ(model.items().stats[row_of(model.items().index.find("new"))].events, 2U);
  for (int shard = 0; shard < 2; ++shard) {
    const User* user = model.shard(shard).user(PartitionId{shard}, shard == 0 ? "a" : "b");
    ASSERT_NE(user, nullptr);
    EXPECT_EQ(user->history.front().item, model.items().index.find("new"));
  }
}

// Two shards, each with one partition, which exclude what users had and learn without bounds.
struct TwoShards {
  static constexpr PartitionId kFirst{0};
  static constexpr PartitionId kSecond{1};
  static config::Options options() {
    config::Options options;
    options.ranking.repeats = "exclude";
    options.limits.taught_per_day = 0;
    return options;
  }
  explicit TwoShards(const config::Options& wanted = options()) : model(wanted, 2) {
    model.shard(0).assign(kFirst);
    model.shard(1).assign(kSecond);
  }
  void take(PartitionId partition, const std::string& user, const std::string& item, float weight = 1) {
    test::learn(model.shard(static_cast<int>(partition)), partition, {user, item, now}, offset++, weight);
  }
  // What a list made now would tell readers that the user had.
  std::vector<std::string> seen(const std::string& user) {
    RankedList list;
    EXPECT_TRUE(model.shard(0).rank(*model.shard(0).find(kFirst, user), now, 10, list, 10));
    return {list.live.seen.begin(), list.live.seen.end()};
  }

  Model model;
  Timestamp now = from_unix_ms(1'600'000'000'000);
  std::int64_t offset = 0;
};

TEST(ModelShards, AListKnowsThatItsUserHadAnItemThatIsNewInTheEpoch) {
  TwoShards two;
  for (int k = 0; k < 300; ++k) two.take(TwoShards::kFirst, "u", "i" + std::to_string(k));
  two.model.merge();
  two.take(TwoShards::kFirst, "u", "new");
  const auto seen = two.seen("u");
  EXPECT_EQ(std::ranges::count(seen, "new"), 1);
  EXPECT_EQ(seen.size(), 256U);
  two.model.merge();
  EXPECT_EQ(std::ranges::count(two.seen("u"), "new"), 1);
}

TEST(ModelShards, ATakeOfAnItemThatIsNewInTheEpochCanBeRetractedAtOnce) {
  TwoShards two;
  two.take(TwoShards::kFirst, "u", "old");
  two.model.merge();
  two.take(TwoShards::kFirst, "u", "new");
  EXPECT_TRUE(two.model.shard(0).retract(TwoShards::kFirst, "u", "new", two.now));
  two.model.merge();
  EXPECT_EQ(two.seen("u"), std::vector<std::string>{"old"});
  EXPECT_EQ(two.model.items().stats[row_of(two.model.items().index.find("new"))].events, 0U);
}

TEST(ModelShards, WhatBeginsToTeachNobodyIsRememberedOfAnItemThatIsNewInTheEpoch) {
  config::Options options = TwoShards::options();
  options.limits.taught_per_day = 1;
  TwoShards two(options);
  two.take(TwoShards::kFirst, "bot", "old");
  two.take(TwoShards::kFirst, "u", "new");
  two.take(TwoShards::kFirst, "bot", "new");
  EXPECT_EQ(two.model.shard(0).untaught(), 1U);
  two.model.merge();
  EXPECT_EQ(std::ranges::count(two.seen("bot"), "new"), 1);
}

// Its number in the second shard goes to the next new item.
TEST(ModelShards, WhatAUserHadFollowsAnItemThatTwoShardsMetThoughTheHistoryForgotIt) {
  TwoShards two;
  two.take(TwoShards::kFirst, "u", "new");
  two.take(TwoShards::kSecond, "v", "new");
  two.take(TwoShards::kSecond, "v", "new", -1);  // out of the history
  two.model.merge();
  const auto& index = two.model.items().index;
  const auto exact = two.model.shard(1).user(TwoShards::kSecond, "v")->seen.exact();
  EXPECT_EQ(std::vector<ItemId>(exact.begin(), exact.end()), std::vector<ItemId>{index.find("new")});
}

TEST(ModelShards, WithOneShardWhereEpochsEndChangesNothing) {
  const auto events = test::model_events(6, 3'000);
  const auto seldom = learned(1, 1'000'000, events);
  const auto often = learned(1, 7, events);
  EXPECT_EQ(test::saved_users(seldom->shard(0), PartitionId{0}),
            test::saved_users(often->shard(0), PartitionId{0}));
  for (ItemRow row = 0; row < seldom->items().index.rows(); ++row) {
    EXPECT_EQ(seldom->items().factors[row].q, often->items().factors[row].q);
  }
}

config::Options endless_epochs() {
  config::Options options;
  options.epoch.max_events = 10'000'000;
  options.epoch.max_span = std::chrono::days(1);
  options.model.ranker = "pop_all";  // learns no blend: quicker
  options.model.parameters["negatives"] = 1;
  return options;
}

TEST(ModelShards, AnEpochEndsBeforeTheRowsForNewItemsAreUsedUp) {
  Model model(endless_epochs(), 2);
  for (int shard = 0; shard < 2; ++shard) model.shard(shard).assign(PartitionId{shard});
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  constexpr std::uint64_t kItems = 80'000;
  for (std::uint64_t k = 0; k < kItems; ++k) {
    const int shard = static_cast<int>(k % 2);
    const auto number = std::to_string(k);
    test::learn(model.shard(shard), PartitionId{shard}, {"u" + number, "i" + number, time},
                static_cast<std::int64_t>(k));
    if (model.wants_merge()) model.merge();
  }
  model.merge();
  EXPECT_EQ(model.stats().items, kItems);
  EXPECT_EQ(model.stats().untaught, 0U);
  EXPECT_GT(static_cast<std::uint64_t>(model.epoch()), 3U);
}

// As many groups may be learned before an epoch ends, each of new items.
TEST(ModelShards, WhatFindsNoRowIsCountedAndTheNextEpochTakesIt) {
  Model model(endless_epochs(), 2);
  model.shard(0).assign(PartitionId{0});
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  constexpr std::int64_t kEvents = 30'000;
  std::int64_t with_room = 0;
  for (std::int64_t k = 0; k < kEvents; ++k) {
    with_room += static_cast<std::int64_t>(model.shard(0).has_room(1));
    const auto number = std::to_string(k);
    test::learn(model.shard(0), PartitionId{0}, {"u" + number, "i" + number, time}, k);
  }
  model.merge();
  EXPECT_LT(with_room, kEvents);
  EXPECT_EQ(model.stats().items, static_cast<std::uint64_t>(with_room));
  EXPECT_EQ(model.stats().untaught, static_cast<std::uint64_t>(kEvents - with_room));
  EXPECT_EQ(model.stats().events, static_cast<std::uint64_t>(kEvents));
  EXPECT_TRUE(model.shard(0).has_room(1));
  test::learn(model.shard(0), PartitionId{0}, {"late", "i" + std::to_string(kEvents - 1), time}, kEvents);
  model.merge();
  EXPECT_EQ(model.stats().items, static_cast<std::uint64_t>(with_room) + 1);
}

TEST(ModelShards, AGroupOfMoreNewItemsThanAnEpochHasRowsForIsLearnedAsFarAsTheyGo) {
  auto options = endless_epochs();
  options.limits.taught_per_day = 0;
  Model model(options, 2);
  model.shard(0).assign(PartitionId{0});
  constexpr std::int64_t kLines = 30'000;
  std::vector<std::string> names(kLines);
  std::vector<Line> lines;
  for (std::int64_t k = 0; k < kLines; ++k) {
    names[static_cast<std::size_t>(k)] = "i" + std::to_string(k);
    lines.push_back({names[static_cast<std::size_t>(k)], k % 3 == 0 ? -1.0F : 1.0F, 0, Offset{k}});
  }
  EXPECT_TRUE(model.shard(0).has_room(lines.size())) << "it would wait for ever";
  model.shard(0).learn({PartitionId{0}, "u", from_unix_ms(1'600'000'000'000), lines});
  EXPECT_FALSE(model.shard(0).has_room(1));
  EXPECT_TRUE(model.wants_merge());
  model.merge();
  EXPECT_EQ(model.stats().items + model.stats().untaught, static_cast<std::uint64_t>(kLines));
  EXPECT_GT(model.stats().items, 20'000U);
}

// There are 2^24 rows for items and for what the shards hold ready.
TEST(ModelShards, TheMostItemsWithTheMostShardsLeaveRowsForNewOnes) {
  for (const int shards : {33, 256}) {
    config::Options options = endless_epochs();
    options.limits.max_items = 16'000'000;
    Model model(options, shards);
    const PartitionId last{shards - 1};
    Shard& shard = model.shard(shards - 1);
    shard.assign(last);
    EXPECT_LE(model.items().index.rows() + options.limits.max_items, kMaxItemRows);
    for (std::int64_t k = 0; k < 10'000; ++k) {
      const auto number = std::to_string(k);
      test::learn(shard, last, {"u" + number, "i" + number, from_unix_ms(1'600'000'000'000 + k)}, k);
      if (model.wants_merge()) model.merge();
    }
    model.merge();
    EXPECT_EQ(model.stats().items, 10'000U);
  }
}

// Else the rows that one shard holds in excess would be missing to the others.
TEST(ModelShards, ReservesOfASnapshotShrinkToWhatTheLimitsLeave) {
  config::Options options = endless_epochs();
  options.limits.max_items = 1'000;
  const Model few(options, 64);
  ByteWriter section;
  few.save_items(section);
  options.limits.max_items = 16'000'000;
  Model many(options, 64);
  const auto rows = many.items().index.rows();
  ByteReader reader(section.bytes());
  ASSERT_TRUE(many.load_items(reader));
  EXPECT_EQ(many.items().index.rows() - many.items().index.free_rows().size(), rows);
}

// Else an epoch would copy and merge nearly all of them.
TEST(ModelShards, ALongEpochLearnsOfFewItemsThatNobodyTook) {
  constexpr ItemRow kItems = 12'000;
  config::Options options;
  options.model.ranker = "pop_all";  // learns no blend: quicker
  Model model(options, 2);
  for (int shard = 0; shard < 2; ++shard) model.shard(shard).assign(PartitionId{shard});
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  for (ItemRow k = 0; k < kItems; ++k) {
    test::learn(model.shard(0), PartitionId{0},
                {"u" + std::to_string(k % 100), "i" + std::to_string(k), time}, k);
    if (k % 1'000 == 999) model.merge();
  }
  std::vector<float> before;
  for (ItemRow row = 0; row < kItems; ++row) before.push_back(model.items().factors[row].bias);
  for (int k = 0; k < 1'000; ++k) {
    test::learn(model.shard(0), PartitionId{0}, {"v" + std::to_string(k), "i7", time}, kItems + k);
  }
  model.merge();
  std::size_t changed = 0;
  for (ItemRow row = 0; row < kItems; ++row) {
    if (model.items().factors[row].bias != before[row]) ++changed;
  }
  EXPECT_GT(changed, 4'000U);
  EXPECT_LE(changed, 8'192U + 1);
}

TEST(ModelShards, TheOldestItemsMakeRoomBeyondTheLimit) {
  for (const int shards : {1, 2}) {
    config::Options options;
    options.limits.max_items = 50;
    options.limits.taught_per_day = 0;  // one user brings them all
    Model model(options, shards);
    for (int shard = 0; shard < shards; ++shard) model.shard(shard).assign(PartitionId{shard});
    for (int k = 0; k < 1'000; ++k) {
      const Timestamp time = from_unix_ms(1'600'000'000'000 + k * 1'000);
      test::learn(model.shard(k % shards), PartitionId{k % shards}, {"u", "i" + std::to_string(k), time}, k);
      if (k % 20 == 19) model.merge();
    }
    EXPECT_EQ(model.stats().items, 50U);
    EXPECT_EQ(model.stats().evicted_items, 950U);
    EXPECT_NE(model.items().index.find("i999"), ItemIndex::kNoItem);
  }
}

}  // namespace
}  // namespace sluice::model

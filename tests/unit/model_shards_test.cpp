#include <gtest/gtest.h>

#include <cmath>

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

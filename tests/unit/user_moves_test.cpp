#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/model_events.h"

namespace sluice::model {
namespace {

constexpr Timestamp kStart = from_unix_ms(1'600'000'000'000);

Timestamp minute(int number) {
  return kStart + std::chrono::minutes{number};
}

// Two shards of one old partition each; partition 2 is new and of shard 0, partition 3 of shard 1.
class UserMoves : public testing::Test {
 protected:
  UserMoves() : model_(options(), 2) {
    for (int id = 0; id < 4; ++id) shard_of(id).assign(PartitionId{id});
  }
  static config::Options options() {
    config::Options options;
    options.ranking.repeats = "exclude";
    return options;
  }
  [[nodiscard]] Shard& shard_of(int partition) { return model_.shard(partition % 2); }
  void learn(int partition, const std::string& user, const std::string& item, int at) {
    test::learn(shard_of(partition), PartitionId{partition}, {user, item, minute(at)}, offset_++);
  }
  [[nodiscard]] const User* user(int partition, const std::string& name) {
    return shard_of(partition).user(PartitionId{partition}, name);
  }
  [[nodiscard]] ItemId id(const std::string& item) const { return model_.items().index.find(item); }
  [[nodiscard]] std::vector<ItemId> history(const User& user) const {
    std::vector<ItemId> items;
    for (const HistoryEntry& entry : user.history) items.push_back(entry.item);
    return items;
  }

  Model model_;
  std::int64_t offset_ = 0;
};

TEST_F(UserMoves, HistorySeenSetFactorsAndCountsComeAlongFromAnyShard) {
  for (const int to : {2, 3}) {
    SCOPED_TRACE("to partition " + std::to_string(to));
    const std::string name = "u" + std::to_string(to);
    for (int k = 0; k < 5; ++k) learn(0, name, "i" + std::to_string(k), k);
    model_.merge();
    const auto factors = user(0, name)->factors;
    model_.expect_moves();
    learn(to, name, "i5", 100);
    EXPECT_EQ(user(to, name)->events, 1U) << "within the epoch the user is new";
    model_.merge();
    EXPECT_EQ(user(0, name), nullptr);
    const User* const moved = user(to, name);
    ASSERT_NE(moved, nullptr);
    EXPECT_THAT(history(*moved),
                testing::ElementsAre(id("i0"), id("i1"), id("i2"), id("i3"), id("i4"), id("i5")));
    EXPECT_THAT(moved->seen.exact(), testing::SizeIs(6));
    EXPECT_EQ(moved->factors, factors);
    EXPECT_EQ(moved->events, 6U);
    EXPECT_EQ(moved->first_event, minute(0));
    EXPECT_EQ(moved->last_event, minute(100));
    EXPECT_EQ(moved->offset, Offset{offset_ - 1}) << "of the partition where the user is now";
    EXPECT_THAT(shard_of(to).take_moved(), testing::SizeIs(1));
  }
  EXPECT_EQ(model_.stats().moved_users, 2U);
  EXPECT_EQ(model_.stats().users, 2U);
}

TEST_F(UserMoves, APastAndWhatCameAfterItAreNoLongerThanAHistoryMayBe) {
  const std::size_t limit = config::LimitsOptions{}.history_per_user;
  const std::size_t longest = limit + limit / 4 + 1;
  for (std::size_t k = 0; k < longest; ++k) {
    learn(0, "u", "i" + std::to_string(k % 50), static_cast<int>(k));
    if (k == 100) model_.merge();  // what comes beyond the allowance makes no item known
  }
  ASSERT_EQ(user(0, "u")->history.size(), longest);
  model_.merge();
  model_.expect_moves();
  for (std::size_t k = 0; k < longest; ++k) learn(2, "u", "i7", static_cast<int>(longest + k));
  model_.merge();
  EXPECT_LE(user(2, "u")->history.size(), longest);
  EXPECT_EQ(user(2, "u")->history.back().item, id("i7"));
}

TEST_F(UserMoves, NobodyIsLookedForUnlessPartitionsWereAdded) {
  learn(0, "u", "i0", 0);
  model_.merge();
  learn(2, "u", "i1", 1);
  model_.merge();
  EXPECT_NE(user(0, "u"), nullptr);
  EXPECT_EQ(user(2, "u")->events, 1U);
}

TEST_F(UserMoves, WhoIsErasedInTheNewPartitionIsGoneFromTheOldOneToo) {
  model_.expect_moves();
  learn(0, "u", "i0", 0);
  learn(0, "v", "i0", 0);
  model_.merge();
  shard_of(3).erase(PartitionId{3}, "u");
  shard_of(3).erase(PartitionId{3}, "v");
  learn(3, "v", "i1", 1);  // back after that, without the past
  model_.merge();
  EXPECT_EQ(user(0, "u"), nullptr);
  EXPECT_EQ(user(3, "u"), nullptr);
  EXPECT_EQ(user(0, "v"), nullptr);
  EXPECT_EQ(user(3, "v")->events, 1U);
}

TEST_F(UserMoves, WhoWasSilentForTheIdleWindowSincePartitionsWereAddedIsNotLookedForAnyMore) {
  const int window = static_cast<int>(std::chrono::minutes(std::chrono::days{365}).count());
  model_.expect_moves();  // before the first event: the window begins with that
  learn(0, "u", "i0", 0);
  learn(0, "v", "i0", 0);
  model_.merge();
  EXPECT_EQ(model_.moves_since(), minute(0));
  learn(2, "u", "i1", window);
  model_.merge();
  EXPECT_EQ(user(2, "u")->events, 2U);
  EXPECT_TRUE(model_.expects_moves());
  learn(2, "w", "i1", window + 1);
  model_.merge();
  EXPECT_FALSE(model_.expects_moves());
  EXPECT_FALSE(model_.moves_since());
  learn(2, "v", "i1", window + 2);
  model_.merge();
  EXPECT_EQ(user(2, "v")->events, 1U);
  model_.expect_moves();  // more partitions: another window
  EXPECT_EQ(model_.moves_since(), minute(window + 2));
}

TEST_F(UserMoves, LongNamesAndRowsThatAreUsedAgainAreNoTrouble) {
  model_.expect_moves();
  const std::string name(200, 'x');
  learn(0, name, "i0", 0);
  model_.merge();
  learn(2, name, "i1", 1);
  learn(2, "other", "i1", 1);
  model_.merge();
  learn(0, "next", "i2", 2);  // in the row that became free
  model_.merge();
  EXPECT_EQ(user(2, name)->events, 2U);
  EXPECT_EQ(user(0, name), nullptr);
  EXPECT_EQ(user(0, "next")->events, 1U);
}

}  // namespace
}  // namespace sluice::model

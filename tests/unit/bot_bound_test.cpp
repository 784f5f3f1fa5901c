#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/model.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

using std::chrono::milliseconds;

using test::kPartition;
constexpr std::uint32_t kPeople = 200;
constexpr std::size_t kShown = 20;
using Lists = std::vector<std::vector<std::string>>;

config::Options options(std::uint32_t taught_per_day) {
  config::Options options;
  options.limits.taught_per_day = taught_per_day;
  return options;
}

// 200 people who took 20,000 items of 200 in two weeks, as they stand after that.
class World {
 public:
  explicit World(std::uint32_t taught_per_day) : model_(options(taught_per_day), 1) {
    static const Saved saved;
    model_.shard(0).assign(kPartition);
    ByteReader items(saved.items);
    ByteReader users(saved.users);
    EXPECT_TRUE(model_.load_items(items) && model_.shard(0).load_users(kPartition, users));
    now_ = saved.now;
    offset_ = kEvents;
  }

  // One user's events within the next hour, on so many items by turns.
  void let_a_bot_send(int events, int items) {
    for (int k = 0; k < events; ++k) {
      const auto at = now_ + milliseconds(3'600'000LL * k / events);
      test::learn(model_.shard(0), kPartition, {"bot", "i" + std::to_string(k % items), at}, offset_++);
    }
  }
  // As many people's as there are, in the way of what they took before.
  void let_people_send(std::size_t events) {
    auto sent = test::model_events(77, events, kPeople);
    for (std::size_t k = 0; k < events; ++k) {
      sent[k].time =
          now_ + milliseconds(3'600'000LL * static_cast<std::int64_t>(k) / static_cast<std::int64_t>(events));
      test::learn(model_.shard(0), kPartition, sent[k], offset_++);
    }
  }
  // Of all people as of that hour's end; of those empty who sent something in it.
  [[nodiscard]] Lists lists() {
    Lists lists;
    for (std::uint32_t number = 0; number < kPeople; ++number) {
      const std::string name = "u" + std::to_string(number);
      const bool acted = model_.shard(0).user(kPartition, name)->last_event > now_;
      lists.push_back(acted ? std::vector<std::string>{}
                            : test::ranked_items(model_.shard(0), kPartition, name,
                                                 now_ + std::chrono::hours(1), kShown));
    }
    return lists;
  }
  [[nodiscard]] Model& model() { return model_; }

 private:
  static constexpr std::int64_t kEvents = 20'000;
  struct Saved {
    Saved() {
      Model model(options(0), 1);
      model.shard(0).assign(kPartition);
      std::int64_t offset = 0;
      for (const test::ModelEvent& event : test::model_events(31, kEvents, kPeople)) {
        test::learn(model.shard(0), kPartition, event, offset++);
        now = event.time;
      }
      items = test::saved_items(model);
      users = test::saved_users(model.shard(0), kPartition);
    }
    std::vector<std::byte> items;
    std::vector<std::byte> users;
    Timestamp now{};
  };

  Model model_;
  Timestamp now_{};
  std::int64_t offset_ = 0;
};

// The share of the entries of people's lists that gave way to others.
double replaced(const Lists& before, const Lists& after) {
  std::size_t gone = 0;
  std::size_t all = 0;
  for (std::size_t user = 0; user < before.size(); ++user) {
    if (after[user].empty()) continue;
    all += before[user].size();
    gone += static_cast<std::size_t>(
        std::count_if(before[user].begin(), before[user].end(), [&](const std::string& item) {
          return std::find(after[user].begin(), after[user].end(), item) == after[user].end();
        }));
  }
  return static_cast<double>(gone) / static_cast<double>(all);
}

double replaced_by_bot(std::uint32_t taught_per_day, int events, int items) {
  World world(taught_per_day);
  const Lists before = world.lists();
  world.let_a_bot_send(events, items);
  const double share = replaced(before, world.lists());
  std::printf("%d events on %d items, %u a day teach: %.3f replaced\n", events, items, taught_per_day, share);
  return share;
}

const std::uint32_t kDefault = config::LimitsOptions{}.taught_per_day;

// What docs/reliability.md says.
TEST(BotBound, ABotsTwentyThousandEventsMoveNoMoreThanAsManyOfPeopleAsItsAllowance) {
  EXPECT_GT(replaced_by_bot(0, 20'000, 100), 0.5) << "the world does not show the harm";
  World world(kDefault);
  const Lists before = world.lists();
  world.let_people_send(kDefault);
  const double by_people = replaced(before, world.lists());
  std::printf("%u events of people: %.3f replaced\n", kDefault, by_people);
  const double by_one = replaced_by_bot(kDefault, 20'000, 1);
  const double by_hundred = replaced_by_bot(kDefault, 20'000, 100);
  EXPECT_LT(by_one, 0.14);
  EXPECT_LT(by_hundred, 0.32);
  EXPECT_LT(by_hundred, by_people);
}

TEST(BotBound, ABotsMillionEventsMoveNoMoreThanTwentyThousand) {
  EXPECT_LT(replaced_by_bot(kDefault, 1'000'000, 1), 0.14);
  EXPECT_LT(replaced_by_bot(kDefault, 1'000'000, 100), 0.32);
}

class AllowanceTest : public ::testing::Test {
 protected:
  explicit AllowanceTest(std::uint32_t taught_per_day = 10) : model_(options(taught_per_day), 1) {
    model_.shard(0).assign(kPartition);
  }
  void take(const std::string& user, const std::string& item, milliseconds at, float weight = 1) {
    test::learn(model_.shard(0), kPartition, {user, item, from_unix_ms(1'600'000'000'000) + at}, offset_++,
                weight);
  }
  [[nodiscard]] double total(const std::string& item) {
    const ItemId known = model_.items().index.find(item);
    return known == ItemIndex::kNoItem ? 0 : model_.items().stats[row_of(known)].total;
  }
  [[nodiscard]] std::size_t history(const std::string& user) {
    return model_.shard(0).user(kPartition, user)->history.size();
  }

  Model model_;
  std::int64_t offset_ = 0;
};

TEST_F(AllowanceTest, EventsBeyondItEnterTheirUsersHistoryAndNothingElse) {
  take("other", "other's", milliseconds{0});
  for (int k = 0; k < 30; ++k) take("bot", "i", milliseconds{k});
  const auto items = test::saved_items(model_);
  for (int k = 30; k < 40; ++k) take("bot", k % 2 == 0 ? "i" : "other's", milliseconds{30});
  EXPECT_EQ(total("i"), 10);
  EXPECT_EQ(total("other's"), 1);
  EXPECT_EQ(history("bot"), 40U);
  EXPECT_EQ(model_.stats().untaught, 30U);
  EXPECT_EQ(model_.stats().events, 41U);
  // All that is common but the number of events of the shard, which stands at the end.
  const auto after = test::saved_items(model_);
  ASSERT_EQ(after.size(), items.size());
  std::size_t differing = 0;
  for (std::size_t k = 0; k < items.size(); ++k) differing += items[k] != after[k] ? 1U : 0U;
  EXPECT_LE(differing, 2U);
}

TEST_F(AllowanceTest, ItFillsWithTheTimeOfTheUsersOwnEvents) {
  for (int k = 0; k < 20; ++k) take("bot", "i", milliseconds{0});
  take("bot", "i", std::chrono::hours(12));  // five more
  for (int k = 0; k < 20; ++k) take("bot", "i", std::chrono::hours(12));
  EXPECT_EQ(total("i"), 15);
  for (int k = 0; k < 20; ++k) take("bot", "i", std::chrono::hours(1));  // late
  EXPECT_EQ(total("i"), 15);
  for (int k = 0; k < 20; ++k) take("bot", "i", std::chrono::days(30));
  EXPECT_EQ(total("i"), 25) << "more than a day's do not add up";
}

TEST_F(AllowanceTest, AnItemThatIsNotKnownStaysUnknown) {
  for (int k = 0; k < 1'000; ++k) take("bot", "i" + std::to_string(k), milliseconds{k});
  EXPECT_EQ(model_.stats().items, 10U);
  EXPECT_EQ(history("bot"), 10U);
}

TEST_F(AllowanceTest, NeitherCancellingNorRetractingTakesMoreThanItGives) {
  for (int k = 0; k < 50; ++k) take("u" + std::to_string(k), "i", milliseconds{0});
  for (int k = 0; k < 50; ++k) take("bot", "i", milliseconds{0}, -1);
  EXPECT_EQ(total("i"), 40);
  for (int k = 0; k < 50; ++k) take("other bot", "i", milliseconds{0});
  EXPECT_EQ(total("i"), 50);
  for (int k = 0; k < 50; ++k) {
    EXPECT_TRUE(model_.shard(0).retract(kPartition, "other bot", "i", from_unix_ms(1'600'000'000'000)));
  }
  EXPECT_EQ(total("i"), 50);
  EXPECT_EQ(history("other bot"), 0U);
}

TEST_F(AllowanceTest, ALargeBasketTeachesItsFirstLines) {
  std::vector<std::string> names;
  for (int k = 0; k < 25; ++k) names.push_back("i" + std::to_string(k));
  for (const std::string& name : names) take(name, name, milliseconds{0});  // all known
  std::vector<Line> lines;
  for (const std::string& name : names) lines.push_back({name, 1, 0, Offset{offset_++}});
  (void)model_.shard(0).learn({kPartition, "u", from_unix_ms(1'600'000'100'000), lines});
  EXPECT_EQ(history("u"), 25U);
  EXPECT_EQ(total("i9"), 2);
  EXPECT_EQ(total("i10"), 1);
}

TEST_F(AllowanceTest, ARestartAndAMoveRememberWhatWasUsed) {
  for (int k = 0; k < 20; ++k) take("bot", "i", milliseconds{0});
  const auto items = test::saved_items(model_);
  const auto users = test::saved_users(model_.shard(0), kPartition);
  Model next(options(10), 1);
  ByteReader items_in(items);
  ByteReader users_in(users);
  ASSERT_TRUE(next.load_items(items_in) && next.shard(0).load_users(kPartition, users_in));
  constexpr PartitionId kNewHome{1};
  next.shard(0).assign(kNewHome);
  next.expect_moves();
  const Timestamp time = from_unix_ms(1'600'000'000'000);
  test::learn(next.shard(0), kPartition, {"bot", "i", time}, 100);
  EXPECT_EQ(next.stats().untaught, 1U);
  // Of what it does in its new home the first epoch counts on its own.
  test::learn(next.shard(0), kNewHome, {"bot", "i", time}, 100);
  next.merge();
  for (int k = 0; k < 10; ++k) test::learn(next.shard(0), kNewHome, {"bot", "i", time}, 101 + k);
  EXPECT_EQ(next.stats().untaught, 11U);
}

class NoAllowanceTest : public AllowanceTest {
 protected:
  NoAllowanceTest() : AllowanceTest(0) {}
};

TEST_F(NoAllowanceTest, WithoutOneAllEventsTeach) {
  for (int k = 0; k < 1'000; ++k) take("bot", "i", milliseconds{0});
  EXPECT_EQ(total("i"), 1'000);
  EXPECT_EQ(model_.stats().untaught, 0U);
}

}  // namespace
}  // namespace sluice::model

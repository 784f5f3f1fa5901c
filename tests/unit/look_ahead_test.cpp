#include "model/look_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/model.h"

namespace sluice::model {
namespace {

TEST(LookAhead, AsksForEachEventOnceInOrderAndNeverFarAhead) {
  Model model(config::Options{}, 1);
  model.shard(0).assign(PartitionId{0});
  LookAhead ahead(model.shard(0));
  for (const std::size_t count : {0U, 1U, 5U, 31U, 32U, 33U, 512U}) {
    std::vector<std::size_t> asked;
    for (std::size_t at = 0; at < count; ++at) {
      const auto hint_of = [&](std::size_t k) {
        EXPECT_LT(k, at + LookAhead::kEvents);
        asked.push_back(k);
        return Shard::hint(PartitionId{k % 2 == 0 ? 0 : 1}, "unknown", "unknown");
      };
      ahead.before(at, count, hint_of);
      if (at > 0) ahead.before(at, count, hint_of);  // as of a record that is tried again
      ASSERT_GT(asked.size(), at);
    }
    ASSERT_EQ(asked.size(), count);
    for (std::size_t k = 0; k < count; ++k) EXPECT_EQ(asked[k], k);
  }
}

class GuessTest : public testing::Test {
 protected:
  GuessTest() {
    shard().assign(kPartition);
    for (int k = 0; k < 40; ++k) learn("u" + std::to_string(k), "i" + std::to_string(k));
  }
  Shard& shard() { return model.shard(0); }
  UserRef learn(const std::string& user, const std::string& item, std::uint32_t user_row = kNoGuess,
                std::uint32_t item_row = kNoGuess) {
    const Line line{item, 1, 0, Offset{offset++}, item_row};
    return shard().learn({kPartition, user, from_unix_ms(1'000'000 + offset), {&line, 1}, user_row});
  }
  std::string last_item(UserRef ref) {
    const User* const user = shard().user(kPartition, shard().user_name(ref));
    return std::string(model.items().index.name(row_of((user->history.end() - 1)->item)));
  }

  static constexpr PartitionId kPartition{3};
  std::int64_t offset = 0;
  Model model{config::Options{}, 1};
};

TEST_F(GuessTest, NamesTheRowsOfKnownUsersAndItems) {
  for (const auto work : {LookAhead::Work::find, LookAhead::Work::learn}) {
    LookAhead ahead(shard(), work);
    for (std::size_t at = 0; at < 50; ++at) {
      ahead.before(at, 50, [](std::size_t k) {
        return Shard::hint(kPartition, "u" + std::to_string(k), "i" + std::to_string(k));
      });
      const std::string user = "u" + std::to_string(at);
      const std::string item = "i" + std::to_string(at);
      const auto found = shard().find(kPartition, user);
      EXPECT_EQ(ahead.hint(at).user_row, found ? found->row : kNoGuess) << user;
      const ItemId known = model.items().index.find(item);
      EXPECT_EQ(model.items().index.find_guessed(item, ahead.hint(at).item_row), known) << item;
      EXPECT_EQ(ahead.hint(at).item_row < model.items().index.rows(), known != ItemIndex::kNoItem) << item;
    }
  }
}

TEST_F(GuessTest, AWrongOneIsNotBelieved) {
  const std::uint32_t other = shard().find(kPartition, "u7")->row;
  EXPECT_EQ(shard().find(kPartition, "u8", other)->row, shard().find(kPartition, "u8")->row);
  EXPECT_FALSE(shard().find(kPartition, "unknown", other));
  EXPECT_FALSE(shard().find(kPartition, "unknown", 1'000'000));
  const ItemRow wrong = row_of(model.items().index.find("i7"));
  EXPECT_EQ(last_item(learn("u8", "i9", other, wrong)), "i9");
  EXPECT_EQ(shard().user(kPartition, "u7")->history.size(), 1U);
  EXPECT_EQ(shard().user(kPartition, "u8")->history.size(), 2U);
  EXPECT_EQ(last_item(learn("new user", "new item", other, wrong)), "new item");
  EXPECT_EQ(shard().users(kPartition), 41U);
}

TEST_F(GuessTest, OfAUserWhoWentNobodyIsFound) {
  const std::uint32_t row = shard().find(kPartition, "u7")->row;
  ASSERT_TRUE(shard().erase(kPartition, "u7"));
  EXPECT_FALSE(shard().find(kPartition, "u7", row));
  EXPECT_EQ(learn("u41", "i1").row, row);
  EXPECT_FALSE(shard().find(kPartition, "u7", row));
  EXPECT_EQ(shard().find(kPartition, "u41", row)->row, row);
}

}  // namespace
}  // namespace sluice::model

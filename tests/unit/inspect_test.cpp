#include "model/inspect.h"

#include <gtest/gtest.h>

#include <map>

#include "support/model_events.h"

namespace sluice::model {
namespace {

constexpr PartitionId kInspected{3};

TEST(Inspect, EventsOfItemsAndUsersAreThoseLearned) {
  Model model({}, 1);
  model.shard(0).assign(kInspected);
  std::map<std::string, std::uint64_t> items;
  std::map<std::string, std::uint64_t> users;
  const auto events = test::model_events(3, 2'000);
  for (std::size_t k = 0; k < events.size(); ++k) {
    test::learn(model.shard(0), kInspected, events[k], static_cast<std::int64_t>(k),
                k % 10 == 9 ? -1.0F : 1.0F);
    ++items[events[k].item];
    ++users[events[k].user];
  }
  const auto read_items = item_events(test::saved_items(model));
  const auto read_users = user_events(test::saved_users(model.shard(0), kInspected));
  ASSERT_TRUE(read_items && read_users);
  std::map<std::string, std::uint64_t> found;
  for (const auto& item : *read_items) found[item.item] = item.events;
  EXPECT_EQ(found, items);
  found.clear();
  for (const auto& user : *read_users) found[user.user] = user.events;
  EXPECT_EQ(found, users);
}

TEST(Inspect, ADamagedSectionIsRefused) {
  Model model({}, 1);
  auto bytes = test::saved_items(model);
  bytes.pop_back();
  EXPECT_FALSE(item_events(bytes));
  EXPECT_FALSE(user_events(bytes));
}

}  // namespace
}  // namespace sluice::model

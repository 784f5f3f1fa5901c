#include "config/memory_plan.h"

#include <gtest/gtest.h>

#include "model/model.h"
#include "support/model_events.h"

namespace sluice::model {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

config::Options with_room(std::uint64_t bytes, std::size_t shards) {
  config::Options options;
  options.limits.max_bytes = config::least_max_bytes(options, shards) + bytes;
  options.model.parameters["negatives"] = 1;  // learning is quick: only the size counts
  return options;
}

TEST(MemoryPlan, LeavesOtherLimitsAloneWhereThereIsNone) {
  const config::MemoryPlan plan = config::plan_memory({}, 4);
  EXPECT_EQ(plan.users, 0U);
  EXPECT_EQ(plan.max_items, config::LimitsOptions{}.max_items);
}

TEST(MemoryPlan, AddsUpToTheLimitWithWhatASnapshotTakes) {
  config::Options options = with_room(1'000 * kMebibyte, 2);
  using Plan = config::MemoryPlan;
  for (const std::uint64_t max_items : {std::uint64_t{2'000'000}, std::uint64_t{5'000}}) {
    options.limits.max_items = max_items;
    const Plan plan = config::plan_memory(options, 2);
    EXPECT_LE(plan.max_items, max_items);
    const std::uint64_t sum = plan.program + plan.users * Plan::kUserCopies +
                              plan.max_items * config::item_bytes(options, 2) * Plan::kItemCopies;
    EXPECT_LE(sum, options.limits.max_bytes);
    EXPECT_GT(sum + kMebibyte, options.limits.max_bytes) << "room is left that nobody may use";
  }
}

TEST(MemoryPlan, AnItemTakesNoMoreThanIsPlanned) {
  constexpr std::size_t kNameMapPlaces = 20;
  EXPECT_GE(config::item_bytes({}, 1), sizeof(ItemStats) + sizeof(FactorRow) + 2 * sizeof(NeighbourRow) +
                                           sizeof(std::string) + sizeof(std::uint64_t) * 3 +
                                           config::EventOptions{}.max_id_bytes + kNameMapPlaces);
}

class UserBytes : public ::testing::TestWithParam<int> {
 protected:
  static constexpr PartitionId partition(int shard) { return PartitionId{shard}; }
  UserBytes()
      : options_(with_room(4 * kMebibyte, static_cast<std::size_t>(GetParam()))),
        model_(options_, GetParam()) {
    for (int shard = 0; shard < GetParam(); ++shard) model_.shard(shard).assign(partition(shard));
  }
  void take(std::uint64_t user) {
    const int shard = static_cast<int>(user % static_cast<std::uint64_t>(GetParam()));
    const Timestamp time = from_unix_ms(1'600'000'000'000 + 1'000 * ++offset_);
    test::learn(model_.shard(shard), partition(shard),
                {"user " + std::to_string(user), "i" + std::to_string(user % 50), time}, offset_);
    if (offset_ % 1'000 == 0) model_.merge();
  }
  [[nodiscard]] std::uint64_t bytes() {
    std::uint64_t sum = 0;
    for (int shard = 0; shard < GetParam(); ++shard) sum += model_.shard(shard).bytes();
    return sum;
  }
  [[nodiscard]] std::uint64_t planned() const {
    return config::plan_memory(options_, static_cast<std::size_t>(GetParam())).users;
  }

  config::Options options_;
  Model model_;
  std::int64_t offset_ = 0;
};

TEST_P(UserBytes, AreHeldUnderAnEndlessStreamOfNewUsers) {
  for (std::uint64_t user = 0; user < 100'000; ++user) take(user);
  EXPECT_LE(bytes(), planned());
  EXPECT_GT(bytes(), planned() / 3);
  EXPECT_GT(model_.stats().evicted_users, 1'000U);
  EXPECT_EQ(model_.stats().users + model_.stats().evicted_users, 100'000U);
  EXPECT_LE(model_.shard(0).user_rows(partition(0)) * (sizeof(User) + 128),
            planned() / static_cast<std::uint64_t>(GetParam()) * 7 / 8);
  EXPECT_TRUE(model_.shard(static_cast<int>(99'999 % GetParam()))
                  .find(partition(static_cast<int>(99'999 % GetParam())), "user 99999"));
}

TEST_P(UserBytes, AreHeldWhenTheSameUsersTakeMoreAndMore) {
  constexpr std::uint64_t kUsers = 15'000;
  for (std::uint64_t k = 0; k < 25 * kUsers; ++k) take(k % kUsers);
  EXPECT_LE(bytes(), planned());
  EXPECT_GT(model_.stats().evicted_users, 0U);
  EXPECT_GT(model_.stats().users, kUsers / 10);
}

TEST_P(UserBytes, AreCountedRightAfterErasuresAndARestart) {
  const auto fill = [&](std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t user = first; user < first + count; ++user) take(user);
  };
  fill(0, 10'000);
  const std::uint64_t before = model_.stats().users;
  for (int round = 0; round < 30; ++round) {  // what is erased makes room, again and again
    for (std::uint64_t user = 0; user < 1'000; ++user) {
      const int shard = static_cast<int>(user % static_cast<std::uint64_t>(GetParam()));
      EXPECT_TRUE(model_.shard(shard).erase(partition(shard), "user " + std::to_string(user)));
    }
    fill(0, 1'000);
  }
  EXPECT_EQ(model_.stats().users, before);
  EXPECT_EQ(model_.stats().evicted_users, 0U);
  for (int shard = 0; shard < GetParam(); ++shard) {
    const auto section = test::saved_users(model_.shard(shard), partition(shard));
    ByteReader reader(section);
    ASSERT_TRUE(model_.shard(shard).load_users(partition(shard), reader));
  }
  fill(10'000, 100'000);
  EXPECT_LE(bytes(), planned());
  EXPECT_GT(model_.stats().evicted_users, 0U);
}

INSTANTIATE_TEST_SUITE_P(Shards, UserBytes, ::testing::Values(1, 2));

}  // namespace
}  // namespace sluice::model

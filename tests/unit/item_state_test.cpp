#include "model/item_state.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <vector>

#include "common/types.h"

namespace sluice::model {
namespace {

constexpr ItemRow kRows = 600;

std::vector<StatsIncrement> draw_increments(std::mt19937& random, std::size_t count) {
  std::vector<StatsIncrement> increments;
  for (std::size_t k = 0; k < count; ++k) {
    const auto row = static_cast<ItemRow>(random() % kRows * (random() % kRows) / kRows);  // some more often
    const bool retracts = random() % 10 == 0;
    increments.push_back({row, retracts ? -1.0F : 0.5F + static_cast<float>(random() % 3),
                          1'700'000'000'000 + static_cast<std::int64_t>(random() % 86'400'000),
                          retracts ? -1 : 1});
  }
  return increments;
}

std::vector<std::byte> rest_of(const ItemState& state) {
  ByteWriter out;
  state.save_rest(out);
  return out.take();
}

// One by one it is what a single shard does, all at once what the merge of several does.
TEST(ItemState, AddsAllAtOnceWhatItAddsOneByOne) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  ItemState one_by_one(kRows, kRows, 1);
  ItemState at_once(kRows, kRows, 1);
  for (const std::size_t count : {1, 50, 100, 127, 1'000, 0, 3}) {
    const auto increments = draw_increments(random, count);
    for (const StatsIncrement& increment : increments) one_by_one.add(increment, 0);
    at_once.add_all(increments, 0);
    EXPECT_THAT(at_once.latest[0].rows(), testing::ElementsAreArray(one_by_one.latest[0].rows()));
    EXPECT_EQ(at_once.top_rows(), one_by_one.top_rows());
    ASSERT_EQ(rest_of(at_once), rest_of(one_by_one));
  }
  for (ItemRow row = 0; row < kRows; ++row) {
    EXPECT_EQ(at_once.stats[row].events, one_by_one.stats[row].events);
    EXPECT_EQ(at_once.stats[row].decayed, one_by_one.stats[row].decayed);
  }
}

TEST(ItemState, ListsTheMostPopularOfEachHalfLifeFirstAndNothingThatWasTakenBack) {
  ItemState state(kRows, kRows, 1);
  const std::int64_t now = 1'700'000'000'000;
  const auto day = std::chrono::milliseconds(std::chrono::days(1)).count();
  for (int k = 0; k < 100; ++k) state.add({1, 1.0F, now - 10 * day, 1}, 0);  // much, long ago
  for (int k = 0; k < 5; ++k) state.add({2, 1.0F, now, 1}, 0);               // a little, just now
  state.add({3, 1.0F, now, 1}, 0);
  state.add({3, -1.0F, now, -1}, 0);
  const auto best_of = [&](std::size_t list) {
    const TopList& top = state.tops[0].lists[list];
    return top.rows()[static_cast<std::size_t>(std::ranges::max_element(top.keys()) - top.keys().begin())];
  };
  EXPECT_EQ(best_of(0), 2) << "of the last minutes";
  EXPECT_EQ(best_of(2), 2) << "of the last day";
  EXPECT_EQ(best_of(4), 1) << "of the last month";
  EXPECT_EQ(best_of(ItemState::kTopLists - 1), 1) << "ever";
  for (const TopList& top : state.tops[0].lists) {
    const auto at = std::ranges::find(top.rows(), ItemRow{3}) - top.rows().begin();
    EXPECT_LT(top.keys()[static_cast<std::size_t>(at)], -1e29F) << "taken back: behind all others";
  }
}

}  // namespace
}  // namespace sluice::model

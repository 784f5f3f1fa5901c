#include "model/latest_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <string>

namespace sluice::model {
namespace {

TEST(LatestRows, HoldEachRowOnceLatestFirst) {
  LatestRows rows;
  for (const ItemRow row : {1U, 2U, 3U, 2U, 1U}) rows.touch(row);
  EXPECT_THAT(rows.rows(), testing::ElementsAre(1U, 2U, 3U));
  rows.remove(2);
  rows.remove(9);
  EXPECT_THAT(rows.rows(), testing::ElementsAre(1U, 3U));
}

TEST(LatestRows, AppendOnceAndWhileThereIsRoom) {
  LatestRows rows;
  rows.touch(7);
  for (ItemRow row = 0; row <= LatestRows::kCapacity; ++row) rows.append(row);
  EXPECT_TRUE(rows.full());
  EXPECT_EQ(rows.rows().size(), LatestRows::kCapacity);
  EXPECT_THAT(rows.rows().first(4), testing::ElementsAre(7U, 0U, 1U, 2U));
  EXPECT_EQ(std::ranges::count(rows.rows(), 7U), 1);
}

TEST(LatestRows, ForgetTheOldest) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  LatestRows rows;
  std::list<ItemRow> expected;
  for (int k = 0; k < 5'000; ++k) {
    const auto row = static_cast<ItemRow>(random() % 300);
    rows.touch(row);
    expected.remove(row);
    expected.push_front(row);
    if (expected.size() > LatestRows::kCapacity) expected.pop_back();
    ASSERT_TRUE(std::ranges::equal(rows.rows(), expected));
  }
}

}  // namespace
}  // namespace sluice::model

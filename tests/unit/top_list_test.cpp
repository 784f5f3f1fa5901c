#include "model/top_list.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "model/random.h"

namespace sluice::model {
namespace {

TEST(TopList, HoldsTheGreatestOfGrowingKeys) {
  constexpr std::uint64_t kSeed = 42;
  RecordProperty("seed", static_cast<int>(kSeed));
  Random random(kSeed);
  TopList list;
  std::map<ItemRow, float> keys;
  for (int k = 0; k < 20'000; ++k) {
    const ItemRow row = random.below(500) * random.below(500) / 500;
    list.raise(row, keys[row] += 1.0F);
  }
  std::vector<float> sorted;
  for (const auto& [row, key] : keys) sorted.push_back(key);
  std::sort(sorted.rbegin(), sorted.rend());
  ASSERT_EQ(list.rows().size(), TopList::kCapacity);
  for (std::size_t k = 0; k < TopList::kCapacity; ++k) {
    EXPECT_EQ(list.keys()[k], keys[list.rows()[k]]);
    EXPECT_GE(list.keys()[k], sorted[TopList::kCapacity - 1]);
  }
}

}  // namespace
}  // namespace sluice::model

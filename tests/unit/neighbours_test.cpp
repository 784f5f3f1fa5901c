#include "model/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::model {
namespace {

TEST(Neighbours, AFullRowGivesItsSmallestEntrysPlaceAway) {
  NeighbourTable table(2, std::chrono::days(30));
  for (std::uint32_t k = 0; k < NeighbourRow::kCapacity; ++k) {
    table.add({0, ItemId{k}, k == 17 ? 0.5F : 1.0F + static_cast<float>(k), 0});
  }
  table.add({0, ItemId{1'000}, 3.0F, 0});
  const NeighbourRow& row = table[0];
  EXPECT_EQ(row.count, NeighbourRow::kCapacity);
  EXPECT_EQ(std::count(row.items.begin(), row.items.end(), ItemId{17}), 0);
  EXPECT_EQ(std::count(row.items.begin(), row.items.end(), ItemId{1'000}), 1);
}

TEST(Neighbours, RepeatedPairsAddUpAndOldLandmarksFade) {
  NeighbourTable table(1, std::chrono::days(30));
  table.add({0, ItemId{5}, 1.0F, 7});
  table.add({0, ItemId{5}, 2.0F, 7});
  EXPECT_FLOAT_EQ(table[0].weights[0], 3.0F);
  table.add({0, ItemId{6}, 1.0F, 8});  // one landmark later: all before is 2^-64 of what it was
  EXPECT_EQ(table[0].mark, 8);
  EXPECT_NEAR(table[0].weights[0], 0.0F, 1e-12);
}

}  // namespace
}  // namespace sluice::model

#include "model/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "support/model_events.h"

namespace sluice::model {
namespace {

constexpr auto kMonth = std::chrono::days(30);
constexpr auto kNoneWorn = [](ItemId) { return false; };

// The entries of a row, by item.
std::map<ItemId, float> entries(const NeighbourRow& row) {
  std::map<ItemId, float> found;
  for (const NeighbourSet& set : row.sets) {
    for (std::uint32_t k = 0; k < set.count(); ++k) found.emplace(set.items[k], set.weights[k]);
  }
  return found;
}

// Items whose place is in that set.
std::vector<ItemId> items_of(std::size_t set, std::size_t count) {
  std::vector<ItemId> items;
  for (ItemRow row = 0; items.size() < count; ++row) {
    if (NeighbourRow::set_of(row) == set) items.push_back(make_item_id(row, 3));
  }
  return items;
}

TEST(Neighbours, AFullSetGivesItsSmallestEntrysPlaceAway) {
  NeighbourTable table(test::no_items(), 2, kMonth);
  const auto items = items_of(5, NeighbourSet::kCapacity + 1);
  const auto others = items_of(2, 1);
  table.add({0, others[0], 0.1F, 0});
  for (std::size_t k = 0; k < NeighbourSet::kCapacity; ++k) {
    table.add({0, items[k], k == 7 ? 0.5F : 1.0F + static_cast<float>(k), 0});
  }
  table.add({0, items.back(), 3.0F, 0});
  const auto found = entries(table[0]);
  EXPECT_EQ(found.size(), NeighbourSet::kCapacity + 1);
  EXPECT_FALSE(found.contains(items[7]));
  EXPECT_FLOAT_EQ(found.at(items.back()), 3.0F);
  EXPECT_FLOAT_EQ(found.at(others[0]), 0.1F) << "of another set";
  float sum = 0;
  for (const auto& [item, weight] : found) sum += weight;
  EXPECT_FLOAT_EQ(table[0].mass(Decay(kMonth).reader(Timestamp{})), sum);
}

TEST(Neighbours, TheItemsOfACatalogueSpreadOverAllSets) {
  std::array<int, NeighbourRow::kSets> counts{};
  constexpr int kItems = 70'000;
  for (ItemRow row = 0; row < kItems; ++row) ++counts[NeighbourRow::set_of(row)];
  for (const int count : counts) EXPECT_NEAR(count, kItems / static_cast<int>(NeighbourRow::kSets), 100);
}

TEST(Neighbours, RepeatedPairsAddUpAndOldLandmarksFade) {
  NeighbourTable table(test::no_items(), 1, kMonth);
  const auto items = items_of(0, 2);
  table.add({0, items[0], 1.0F, 7});
  table.add({0, items[0], 2.0F, 7});
  EXPECT_FLOAT_EQ(entries(table[0]).at(items[0]), 3.0F);
  table.add({0, items[1], 1.0F, 8});  // one landmark later: all before is 2^-64 of what it was
  EXPECT_EQ(table[0].sets[0].mark(), 8);
  EXPECT_NEAR(entries(table[0]).at(items[0]), 0.0F, 1e-12);
  table.add({0, items[1], 1.0F, 7});  // late
  EXPECT_FLOAT_EQ(entries(table[0]).at(items[1]), 1.0F);
}

TEST(Neighbours, WhatLiesBehindTheEntriesIsNoItem) {
  NeighbourTable table(test::no_items(), 1, kMonth);
  const auto items = items_of(NeighbourRow::set_of(0), 2);
  ASSERT_EQ(row_of(items[0]), 0);
  table.add({0, items[1], 2.0F, 0});
  for (int k = 0; k < 2; ++k)
    table.add({0, ItemId{0}, 1.0F, 0});  // looks like a place that nothing was put in
  const auto found = entries(table[0]);
  EXPECT_EQ(found.size(), 2);
  EXPECT_FLOAT_EQ(found.at(ItemId{0}), 2.0F);
}

TEST(Neighbours, LandmarksBeforeTheFirstAreKept) {
  NeighbourTable table(test::no_items(), 1, kMonth);
  table.add({0, ItemId{1}, 1.0F, -3});
  EXPECT_EQ(table[0].sets[NeighbourRow::set_of(1)].mark(), -3);
}

TEST(Neighbours, ARowComesBackAsItWas) {
  NeighbourTable table(test::no_items(), 1, kMonth);
  for (std::uint32_t k = 0; k < 60; ++k) table.add({0, ItemId{k * k}, static_cast<float>(k + 1), 2});
  ByteWriter saved;
  table.save_row(0, kNoneWorn, saved);
  NeighbourTable other(test::no_items(), 1, kMonth);
  ByteReader in(saved.bytes());
  ASSERT_TRUE(other.load_row(0, in) && in.ok());
  EXPECT_EQ(in.remaining(), 0);
  EXPECT_EQ(entries(other[0]), entries(table[0]));
  ByteWriter again;
  other.save_row(0, kNoneWorn, again);
  EXPECT_TRUE(std::ranges::equal(again.bytes(), saved.bytes()));
}

TEST(Neighbours, ARowOfASnapshotFromBeforeThereWereSetsIsReadAndBrokenOnesAreNot) {
  std::vector<ItemId> items;
  std::vector<float> weights;
  for (std::uint32_t k = 0; k < 30; ++k) {
    items.push_back(ItemId{k});
    weights.push_back(static_cast<float>(k + 1));
  }
  const auto old_row = [&](std::size_t kept_weights) {
    ByteWriter out;
    out.put(std::int32_t{4});
    out.put(465.0F);  // the mass
    out.put_array(std::span<const ItemId>(items));
    out.put_array(std::span<const float>(weights).first(kept_weights));
    return out.take();
  };
  NeighbourTable table(test::no_items(), 1, kMonth);
  const auto bytes = old_row(30);
  ByteReader in(bytes);
  ASSERT_TRUE(table.load_row_without_sets(0, in) && in.ok());
  const auto found = entries(table[0]);
  ASSERT_EQ(found.size(), 30);
  for (std::size_t k = 0; k < 30; ++k) EXPECT_FLOAT_EQ(found.at(items[k]), weights[k]);
  EXPECT_EQ(table[0].sets[0].mark(), 4);

  const auto broken = old_row(29);
  ByteReader broken_in(broken);
  EXPECT_FALSE(table.load_row_without_sets(0, broken_in));
  const std::array<std::uint8_t, NeighbourRow::kSets> counts = {16};
  ByteReader too_many(std::as_bytes(std::span(counts)));
  EXPECT_FALSE(table.load_row(0, too_many));
}

}  // namespace
}  // namespace sluice::model

#include "model/row_filter.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/random.h"

namespace sluice::model {
namespace {

std::vector<ItemId> items_of(std::span<const ItemRow> rows) {
  std::vector<ItemId> items;
  for (const ItemRow row : rows) items.push_back(make_item_id(row, 3));
  return items;
}

std::vector<std::uint32_t> passing(const RowFilter& filter, std::span<const ItemId> items) {
  std::vector<std::uint32_t> places(items.size());
  places.resize(filter.find_passing(items, places.data()));
  return places;
}

TEST(RowFilter, PassesEverythingAtFirst) {
  const std::vector<ItemRow> rows = {1, 5'000, 9, 70'000, 3};
  EXPECT_EQ(passing(RowFilter(), items_of(rows)).size(), rows.size());
}

TEST(RowFilter, PassesAllNamedRowsAndFewOthers) {
  constexpr std::uint64_t kSeed = 11;
  RecordProperty("seed", static_cast<int>(kSeed));
  Random random(kSeed);
  RowFilter filter;
  for (int round = 0; round < 50; ++round) {
    std::vector<ItemRow> named;
    for (int k = 0; k < 31; ++k) named.push_back(random.below(1'000'000));
    filter.pass_only(named);
    EXPECT_EQ(passing(filter, items_of(named)).size(), named.size());
    std::vector<ItemRow> others;
    for (int k = 0; k < 1'000; ++k) others.push_back(random.below(1'000'000));
    EXPECT_LT(passing(filter, items_of(others)).size(), 40U);
  }
}

TEST(RowFilter, TellsThePlacesOfThosePassingInOrder) {
  const std::vector<ItemRow> named = {7, 9};
  const std::vector<ItemRow> rows = {9, 1, 7, 2, 3, 9};
  RowFilter filter;
  filter.pass_only(named);
  EXPECT_EQ(passing(filter, items_of(rows)), (std::vector<std::uint32_t>{0, 2, 5}));
}

TEST(RowFilter, NamingNoRowPassesNoneUntilAllPassAgain) {
  const std::vector<ItemRow> rows = {0, 1, 2, 3, 4};
  RowFilter filter;
  filter.pass_only({});
  EXPECT_TRUE(passing(filter, items_of(rows)).empty());
  filter.pass_all();
  EXPECT_EQ(passing(filter, items_of(rows)).size(), rows.size());
}

}  // namespace
}  // namespace sluice::model

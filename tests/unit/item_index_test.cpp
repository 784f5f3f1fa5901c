#include "model/item_index.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::model {
namespace {

TEST(ItemIndex, AReferenceToAnEvictedItemIsDeadThoughItsRowIsUsedAgain) {
  ItemIndex index;
  const ItemId old = index.bind("old", index.reserve());
  EXPECT_TRUE(index.alive(old));
  index.evict(row_of(old));
  EXPECT_FALSE(index.alive(old));
  const ItemId fresh = index.bind("new", index.reserve());
  EXPECT_EQ(row_of(fresh), row_of(old));
  EXPECT_FALSE(index.alive(old));
  EXPECT_TRUE(index.alive(fresh));
  EXPECT_EQ(index.find("old"), ItemIndex::kNoItem);
  EXPECT_EQ(index.find("new"), fresh);
}

// Else a reference would mean whichever item has the row 256 evictions later.
TEST(ItemIndex, ReferencesOlderThanAWrappedGenerationAreWorn) {
  ItemIndex index;
  const ItemId first = index.bind("first", index.reserve());
  const ItemId other = index.bind("other", index.reserve());
  const ItemRow row = row_of(first);
  ItemId reference = first;
  for (int k = 0; k < 256; ++k) {
    EXPECT_EQ(index.wraps(), 0U);
    index.evict(row);
    reference = index.bind("item " + std::to_string(k), index.reserve());
    ASSERT_EQ(row_of(reference), row);
  }
  EXPECT_EQ(reference, first);
  EXPECT_EQ(index.wraps(), 1U);
  EXPECT_TRUE(index.is_worn(first, 0));
  EXPECT_FALSE(index.is_worn(reference, index.wraps()));
  EXPECT_FALSE(index.is_worn(other, 0));
  EXPECT_FALSE(index.is_worn(kDeadItem, 0));
  EXPECT_FALSE(index.alive(kDeadItem));
}

TEST(ItemIndex, ComesBackFromItsBytesRowByRow) {
  ItemIndex index;
  for (const char* name : {"a", "b", "c"}) (void)index.bind(name, index.reserve());
  index.evict(1);
  ByteWriter writer;
  index.save(writer);
  ItemIndex copy;
  ByteReader reader(writer.bytes());
  ASSERT_TRUE(copy.load(reader));
  EXPECT_EQ(copy.find("c"), index.find("c"));
  EXPECT_EQ(copy.reserve(), index.reserve());
}

TEST(ItemIndex, RowsThatCannotBeFreeAreRefused) {
  ItemIndex index;
  for (const char* name : {"a", "b"}) (void)index.bind(name, index.reserve());
  (void)index.reserve();
  const ItemRow bound = 1;
  const ItemRow unnamed = 2;
  for (const std::vector<ItemRow>& free :
       {std::vector{bound}, std::vector{unnamed, unnamed}, std::vector{ItemRow{3}}}) {
    ByteWriter writer;
    writer.put(index.rows());
    for (ItemRow row = 0; row < index.rows(); ++row) index.save_row(row, writer);
    writer.put_array(index.live());
    writer.put_array(std::span<const ItemRow>(free));
    ItemIndex copy;
    ByteReader reader(writer.bytes());
    EXPECT_FALSE(copy.load(reader)) << free.front();
  }
}

TEST(ItemIndex, LiveRowsAreDenseAndKeepTheirOrderOverASnapshot) {
  ItemIndex index;
  for (const char* name : {"a", "b", "c", "d"}) (void)index.bind(name, index.reserve());
  (void)index.reserve();  // without a name: not live
  index.evict(1);
  ASSERT_EQ(index.live().size(), 3U);
  for (std::uint32_t place = 0; place < index.live().size(); ++place) {
    EXPECT_TRUE(index.bound(index.live()[place]));
    EXPECT_EQ(index.live_place(index.live()[place]), place);
  }
  ByteWriter writer;
  index.save(writer);
  ItemIndex copy;
  ByteReader reader(writer.bytes());
  ASSERT_TRUE(copy.load(reader));
  EXPECT_TRUE(std::ranges::equal(copy.live(), index.live()));
}

}  // namespace
}  // namespace sluice::model

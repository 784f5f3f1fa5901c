#include "model/item_index.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace sluice::model

#include "pipeline/hidden_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(HiddenItemsOfShards, EachShardTakesEachChangeOnceAndInOrder) {
  HiddenItems items(2);
  items.set("a", true);
  items.set("a", true);  // no change
  items.set("b", true);
  EXPECT_THAT(items.take(0), SizeIs(2));
  items.set("a", false);
  const auto rest = items.take(0);
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest.front().item, "a");
  EXPECT_FALSE(rest.front().hidden);
  EXPECT_THAT(items.take(1), SizeIs(3));
  EXPECT_THAT(items.take(1), IsEmpty());
  EXPECT_EQ(items.changes(), 3U);
}

TEST(HiddenItemsOfShards, WhatAllShardsHaveTakenIsNotKept) {
  HiddenItems items(2);
  for (int round = 0; round < 1000; ++round) {
    items.set("a", round % 2 == 0);
    (void)items.take(0);
    EXPECT_LE(items.waiting(), 1U);
    (void)items.take(1);
    EXPECT_EQ(items.waiting(), 0U);
  }
  EXPECT_EQ(items.changes(), 1000U);
}

TEST(HiddenItemsOfShards, KnowsWhatListsMayStillHold) {
  HiddenItems items(2);
  items.restore({"settled", "shown"}, {"unsettled"});
  EXPECT_THAT(items.hidden_since_restore(), ElementsAre("unsettled"));
  EXPECT_THAT(items.unsettled(), ElementsAre("unsettled"));
  items.set("new", true);
  items.set("shown", false);
  for (const int shard : {0, 1}) (void)items.take(shard);
  items.settle(0, items.changes());
  EXPECT_THAT(items.unsettled(), ElementsAre("new", "unsettled"));
  items.settle(1, items.changes());
  EXPECT_THAT(items.unsettled(), IsEmpty());
  EXPECT_THAT(items.hidden_since_restore(), ElementsAre("new", "unsettled"));
  items.set("shown", true);  // lists may hold it again
  EXPECT_THAT(items.unsettled(), ElementsAre("shown"));
  EXPECT_THAT(items.items(), ElementsAre("new", "settled", "shown", "unsettled"));
}

}  // namespace
}  // namespace sluice::pipeline

#include "pipeline/group_assembler.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::pipeline {
namespace {

ingest::Event event(std::string_view user, std::string_view item, std::int64_t ms) {
  ingest::Event event;
  event.user = user;
  event.item = item;
  event.time = from_unix_ms(ms);
  return event;
}

TEST(GroupAssembler, HoldsOneUsersEventsOfOneTimestamp) {
  GroupAssembler groups;
  EXPECT_FALSE(groups.continues(0, event("u", "a", 1)));
  groups.add(0, event("u", "a", 1), Offset{7}, from_unix_ms(20));
  EXPECT_TRUE(groups.continues(0, event("u", "b", 1)));
  EXPECT_FALSE(groups.continues(0, event("u", "b", 2)));
  EXPECT_FALSE(groups.continues(0, event("v", "b", 1)));
  EXPECT_FALSE(groups.continues(1, event("u", "b", 1)));
  groups.add(0, event("u", "b", 1), Offset{8}, from_unix_ms(10));
  const model::Group group = groups.group(PartitionId{3});
  EXPECT_EQ(group.partition, PartitionId{3});
  EXPECT_EQ(group.user, "u");
  EXPECT_EQ(group.time, from_unix_ms(1));
  ASSERT_EQ(group.lines.size(), 2u);
  EXPECT_EQ(group.lines[0].item, "a");
  EXPECT_EQ(group.lines[1].item, "b");
  EXPECT_EQ(group.lines[1].offset, Offset{8});
  EXPECT_EQ(groups.first_offset(), Offset{7});
  EXPECT_EQ(groups.record_time(), from_unix_ms(10));
}

TEST(GroupAssembler, HandsOnWhereUserAndItemsMostLikelyAre) {
  GroupAssembler groups;
  model::Shard::Hint hint;
  hint.user_row = 5;
  hint.item_row = 6;
  groups.add(0, event("u", "a", 1), Offset{7}, {}, hint);
  hint.item_row = 8;
  groups.add(0, event("u", "b", 1), Offset{8}, {}, hint);
  EXPECT_EQ(groups.group({}).row_guess, 5U);
  EXPECT_EQ(groups.group({}).lines[0].row_guess, 6U);
  EXPECT_EQ(groups.group({}).lines[1].row_guess, 8U);
  groups.clear();
  groups.add(0, event("v", "c", 1), Offset{9}, {});
  EXPECT_EQ(groups.group({}).row_guess, model::kNoGuess);
  EXPECT_EQ(groups.group({}).lines[0].row_guess, model::kNoGuess);
}

TEST(GroupAssembler, OutlivesTheDecodersBuffers) {
  GroupAssembler groups;
  std::string user = "user-with-a-long-name-that-is-not-stored-inline";
  std::string item = "item-with-a-long-name-that-is-not-stored-inline";
  groups.add(0, event(user, item, 1), Offset{0}, {});
  user.assign(user.size(), '?');
  item.assign(item.size(), '?');
  const model::Group group = groups.group(PartitionId{0});
  EXPECT_EQ(group.user, "user-with-a-long-name-that-is-not-stored-inline");
  EXPECT_EQ(group.lines[0].item, "item-with-a-long-name-that-is-not-stored-inline");
}

TEST(GroupAssembler, IsFullAfterAThousandLines) {
  GroupAssembler groups;
  for (std::size_t i = 0; i < GroupAssembler::kMaxLines; ++i) {
    groups.add(0, event("u", "a", 1), Offset{static_cast<std::int64_t>(i)}, {});
  }
  EXPECT_FALSE(groups.continues(0, event("u", "a", 1)));
  groups.clear();
  EXPECT_FALSE(groups.open());
}

}  // namespace
}  // namespace sluice::pipeline

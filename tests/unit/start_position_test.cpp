#include "pipeline/start_position.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using Kind = StartPosition::Kind;

StartFacts facts(std::optional<std::int64_t> snapshot, std::optional<std::int64_t> committed,
                 std::int64_t low, std::int64_t high) {
  StartFacts facts;
  if (snapshot) facts.snapshot = Offset{*snapshot};
  if (committed) facts.committed = Offset{*committed};
  facts.log = {Offset{low}, Offset{high}};
  return facts;
}

TEST(StartPosition, GoesOnWhereTheSnapshotStandsWhateverWasCommitted) {
  for (const auto committed :
       {std::optional<std::int64_t>{}, std::optional<std::int64_t>{20}, std::optional<std::int64_t>{80}}) {
    const StartPosition position = choose_start(facts(50, committed, 0, 100));
    EXPECT_EQ(position.kind, Kind::resumed);
    EXPECT_EQ(position.from, Offset{50});
  }
}

TEST(StartPosition, CommitsWithoutSnapshotAreRefused) {
  EXPECT_EQ(choose_start(facts({}, 10, 0, 100)).kind, Kind::forbidden);
}

TEST(StartPosition, AColdStartBeginsAtTheCommit) {
  StartFacts cold = facts({}, 10, 0, 100);
  cold.allow_cold_start = true;
  const StartPosition position = choose_start(cold);
  EXPECT_EQ(position.kind, Kind::cold);
  EXPECT_EQ(position.from, Offset{10});
}

TEST(StartPosition, APartitionNeverReadBeginsWhereTheConfigurationSays) {
  StartFacts fresh = facts({}, {}, 5, 100);
  fresh.without_snapshot = Offset{100};
  const StartPosition position = choose_start(fresh);
  EXPECT_EQ(position.kind, Kind::fresh);
  EXPECT_EQ(position.from, Offset{100});
}

TEST(StartPosition, RecordsThatRetentionAteAreCountedExactly) {
  const StartPosition position = choose_start(facts(50, 50, 73, 100));
  EXPECT_EQ(position.kind, Kind::log_gap);
  EXPECT_EQ(position.lost, 23u);
  EXPECT_EQ(position.from, Offset{73});
}

TEST(StartPosition, TheLogsFirstOffsetIsNoGap) {
  EXPECT_EQ(choose_start(facts(73, {}, 73, 100)).kind, Kind::resumed);
  EXPECT_EQ(choose_start(facts(100, {}, 73, 100)).kind, Kind::resumed);
}

TEST(StartPosition, ASnapshotBeyondTheLogsEndBelongsToAnotherLog) {
  const StartPosition position = choose_start(facts(500, {}, 0, 100));
  EXPECT_EQ(position.kind, Kind::other_log);
  EXPECT_EQ(position.lost, 0u);
  EXPECT_EQ(position.from, Offset{0});
}

TEST(StartPosition, ALongerLogThatLostTheGroupsCommitIsAnotherLog) {
  StartFacts anew = facts(50, {}, 3, 100);
  anew.log_before.committed = true;
  EXPECT_EQ(choose_start(anew).kind, Kind::other_log);
  EXPECT_EQ(choose_start(anew).from, Offset{3});
  anew.committed = Offset{20};
  EXPECT_EQ(choose_start(anew).kind, Kind::resumed) << "the commit is there";
}

// Killed between its first durable snapshot and the commit that follows.
TEST(StartPosition, ASnapshotFromBeforeTheFirstCommitGoesOnWithoutOne) {
  EXPECT_EQ(choose_start(facts(50, {}, 0, 100)).kind, Kind::resumed);
}

TEST(StartPosition, NothingAppliedIsNothingLostWithAnotherLog) {
  StartFacts anew = facts(0, {}, 0, 100);
  anew.log_before = {.committed = true, .topic_id = "a"};
  anew.topic_id = "b";
  EXPECT_EQ(choose_start(anew).kind, Kind::resumed);
}

TEST(StartPosition, TheTopicsIdDecidesWhereItIsTold) {
  StartFacts same = facts(50, {}, 0, 100);
  same.log_before = {.committed = true, .topic_id = "a"};
  same.topic_id = "a";
  EXPECT_EQ(choose_start(same).kind, Kind::resumed) << "its commits are gone, by their retention";
  StartFacts anew = facts(50, 50, 0, 100);
  anew.log_before.topic_id = "a";
  anew.topic_id = "b";
  EXPECT_EQ(choose_start(anew).kind, Kind::other_log) << "somebody committed the new one";
  anew.topic_id.clear();
  EXPECT_EQ(choose_start(anew).kind, Kind::resumed) << "not told";
}

}  // namespace
}  // namespace sluice::pipeline

#include "pipeline/rank_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

namespace sluice::pipeline {
namespace {

using std::chrono::milliseconds;
using Clock = RankSchedule::Clock;

const Clock::time_point kStart{std::chrono::hours{1}};
Clock::time_point at_ms(std::int64_t ms) {
  return kStart + milliseconds{ms};
}

TEST(RankSchedule, GivesDirtyRowsInTheOrderInWhichTheyBecameDirty) {
  RankSchedule schedule(kStart);
  schedule.mark_dirty(4, at_ms(0), from_unix_ms(1));
  schedule.mark_dirty(2, at_ms(100), from_unix_ms(2));
  schedule.mark_dirty(4, at_ms(200), from_unix_ms(3));
  EXPECT_EQ(schedule.dirty(at_ms(200)), 4u);
  EXPECT_EQ(schedule.record_time(4), from_unix_ms(1)) << "the oldest event counts";
  schedule.mark_fresh(4, at_ms(200));
  EXPECT_EQ(schedule.dirty(at_ms(50)), std::nullopt) << "row 2 has not waited so long";
  EXPECT_EQ(schedule.dirty(at_ms(100)), 2u);
  EXPECT_EQ(schedule.dirty_count(), 1u);
}

TEST(RankSchedule, GivesTheRowWhoseListIsOldest) {
  RankSchedule schedule(kStart);
  schedule.mark_fresh(1, at_ms(0));
  schedule.mark_fresh(2, at_ms(10));
  schedule.mark_fresh(3, at_ms(20));
  schedule.mark_fresh(1, at_ms(30));
  EXPECT_EQ(schedule.fresh(at_ms(100)), 2u);
  EXPECT_EQ(schedule.fresh(at_ms(5)), std::nullopt);
  schedule.forget(2);
  EXPECT_EQ(schedule.fresh(at_ms(100)), 3u);
  EXPECT_EQ(schedule.fresh_count(), 2u);
}

TEST(RankSchedule, TellsTheRowBehindAnotherInItsQueue) {
  RankSchedule schedule(kStart);
  schedule.mark_fresh(1, at_ms(0));
  schedule.mark_fresh(2, at_ms(10));
  schedule.mark_dirty(5, at_ms(20), from_unix_ms(1));
  schedule.mark_fresh(3, at_ms(30));
  EXPECT_EQ(schedule.behind(1), 2u);
  EXPECT_EQ(schedule.behind(2), 3u);
  EXPECT_EQ(schedule.behind(3), std::nullopt);
  EXPECT_EQ(schedule.behind(5), std::nullopt);
  EXPECT_EQ(schedule.behind(99), std::nullopt) << "a row that was never scheduled";
  schedule.forget(2);
  EXPECT_EQ(schedule.behind(1), 3u);
}

TEST(RankSchedule, ANewEventTakesARowOutOfTheRefreshes) {
  RankSchedule schedule(kStart);
  schedule.mark_fresh(1, at_ms(0));
  schedule.mark_dirty(1, at_ms(10), from_unix_ms(5));
  EXPECT_EQ(schedule.fresh_count(), 0u);
  EXPECT_EQ(schedule.dirty(at_ms(10)), 1u);
}

TEST(RankSchedule, ShortListsAreDueAgainOnceWhenThereAreMoreItems) {
  RankSchedule schedule(kStart);
  for (const RankSchedule::Row row : {1u, 2u, 3u}) schedule.mark_fresh(row, at_ms(0));
  schedule.mark_short(2);
  schedule.mark_short(2);
  EXPECT_EQ(schedule.republish_count(), 0u);
  schedule.republish_short();
  EXPECT_EQ(schedule.republish_count(), 1u);
  EXPECT_EQ(schedule.to_republish(), 2u);
  schedule.mark_fresh(2, at_ms(10));
  schedule.republish_short();
  EXPECT_EQ(schedule.republish_count(), 0u);
}

TEST(RankSchedule, RepublishingKeepsItsOrderAndLeavesDirtyRowsAlone) {
  RankSchedule schedule(kStart);
  schedule.mark_fresh(1, at_ms(0));
  schedule.mark_dirty(2, at_ms(0), from_unix_ms(5));
  for (const RankSchedule::Row row : {3u, 2u, 1u}) schedule.republish(row);
  EXPECT_EQ(schedule.republish_count(), 2u);
  EXPECT_EQ(schedule.dirty_count(), 1u);
  EXPECT_EQ(schedule.to_republish(), 3u);
  schedule.mark_fresh(3, at_ms(10));
  EXPECT_EQ(schedule.to_republish(), 1u);
}

TEST(RankSchedule, AgreesWithAPlainModelUnderRandomUse) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  RankSchedule schedule(kStart);
  std::deque<RankSchedule::Row> dirty;
  std::deque<RankSchedule::Row> fresh;
  for (int step = 0; step < 20'000; ++step) {
    const auto row = static_cast<RankSchedule::Row>(random() % 50);
    switch (random() % 3) {
      case 0:
        schedule.mark_dirty(row, at_ms(step * 10), from_unix_ms(1));
        std::erase(fresh, row);
        if (std::find(dirty.begin(), dirty.end(), row) == dirty.end()) dirty.push_back(row);
        break;
      case 1:
        schedule.mark_fresh(row, at_ms(step * 10));
        std::erase(dirty, row);
        std::erase(fresh, row);
        fresh.push_back(row);
        break;
      default:
        schedule.forget(row);
        std::erase(dirty, row);
        std::erase(fresh, row);
    }
    ASSERT_EQ(schedule.dirty_count(), dirty.size());
    ASSERT_EQ(schedule.fresh_count(), fresh.size());
    ASSERT_EQ(schedule.dirty(at_ms(step * 10)).value_or(99), dirty.empty() ? 99 : dirty.front());
    ASSERT_EQ(schedule.fresh(at_ms(step * 10)).value_or(99), fresh.empty() ? 99 : fresh.front());
  }
}

}  // namespace
}  // namespace sluice::pipeline

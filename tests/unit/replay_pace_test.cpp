#include <gtest/gtest.h>

#include "ingest/replay.h"
#include "ingest/send_window.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ReplayPace::Moment kStart{seconds{1'000}};

TEST(ReplayPace, SendsAtOnceWithoutALimit) {
  ReplayPace pace(0, 0, kStart);
  EXPECT_EQ(pace.due(from_unix_ms(0), kStart), kStart);
  EXPECT_EQ(pace.due(from_unix_ms(1'000'000), kStart), kStart);
}

TEST(ReplayPace, SpreadsEventsEvenlyAtARate) {
  ReplayPace pace(100, 0, kStart);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(pace.due(from_unix_ms(0), kStart), kStart + milliseconds{10 * i});
}

TEST(ReplayPace, CatchesUpWithASmallDelay) {
  ReplayPace pace(100, 0, kStart);
  (void)pace.due(from_unix_ms(0), kStart);
  const auto late = kStart + milliseconds{500};
  EXPECT_EQ(pace.due(from_unix_ms(0), late), late);
  for (int i = 2; i < 100; ++i) (void)pace.due(from_unix_ms(0), late);
  EXPECT_EQ(pace.due(from_unix_ms(0), late), kStart + seconds{1});
}

TEST(ReplayPace, DoesNotBurstAfterALongDelay) {
  ReplayPace pace(100, 0, kStart);
  (void)pace.due(from_unix_ms(0), kStart);
  const auto late = kStart + seconds{60};
  EXPECT_EQ(pace.due(from_unix_ms(0), late), late);
  EXPECT_EQ(pace.due(from_unix_ms(0), late), late + milliseconds{10});
}

TEST(ReplayPace, FollowsTheStreamsOwnTimeAtASpeed) {
  ReplayPace pace(0, 60, kStart);
  EXPECT_EQ(pace.due(from_unix_ms(5'000), kStart), kStart);
  EXPECT_EQ(pace.due(from_unix_ms(65'000), kStart), kStart + seconds{1});
  EXPECT_EQ(pace.due(from_unix_ms(35'000), kStart), kStart + milliseconds{500});
  const auto late = kStart + seconds{600};
  EXPECT_EQ(pace.due(from_unix_ms(125'000), late), late);
  EXPECT_EQ(pace.due(from_unix_ms(185'000), late), late + seconds{1});
}

TEST(ReplayPace, WhatHasNoPlaceInTheStreamsTimeIsDueWithTheOneBeforeIt) {
  ReplayPace pace(0, 60, kStart);
  EXPECT_EQ(pace.due(std::nullopt, kStart), kStart);
  EXPECT_EQ(pace.due(from_unix_ms(5'000), kStart), kStart);
  EXPECT_EQ(pace.due(std::nullopt, kStart), kStart);
  EXPECT_EQ(pace.due(from_unix_ms(65'000), kStart), kStart + seconds{1});
}

Delivery delivered(int partition, std::int64_t offset, std::size_t bytes) {
  return {RD_KAFKA_RESP_ERR_NO_ERROR, PartitionId{partition}, Offset{offset}, bytes, nullptr};
}

TEST(SendWindow, ClosesWhenOnePartitionIsTooFarAheadOfWhatIsApplied) {
  SendWindow window(1'000);
  EXPECT_TRUE(window.open());
  for (int i = 0; i < 5; ++i) {
    window.on_send(200);
    window.on_delivery(delivered(i % 2, i / 2, 200));
  }
  EXPECT_TRUE(window.open()) << "three records in partition 0";
  window.on_send(200);
  EXPECT_FALSE(window.open()) << "the record under way may go there too";
  window.on_delivery(delivered(1, 2, 200));
  EXPECT_TRUE(window.open());
  window.on_send(200);
  window.on_delivery(delivered(0, 3, 200));
  EXPECT_FALSE(window.open());
  window.on_applied(PartitionId{1}, Offset{3});
  EXPECT_FALSE(window.open()) << "that is the other partition";
  window.on_applied(PartitionId{0}, Offset{1});
  EXPECT_TRUE(window.open());
}

TEST(SendWindow, TakesReportsInAnyOrder) {
  SendWindow window(300);
  window.on_applied(PartitionId{0}, Offset{2});
  window.on_delivery(delivered(0, 0, 200));
  window.on_delivery(delivered(0, 1, 200));
  window.on_send(200);
  window.on_send(200);
  EXPECT_TRUE(window.open());
  window.on_send(200);
  window.on_delivery({RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, PartitionId{0}, Offset{-1}, 200, nullptr});
  EXPECT_TRUE(window.open()) << "what failed is not ahead";
}

}  // namespace
}  // namespace sluice::ingest

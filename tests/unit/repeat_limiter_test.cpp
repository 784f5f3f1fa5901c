#include "common/repeat_limiter.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(RepeatLimiter, LetsOneMessageOfAKindThroughInAMinuteAndCountsTheOthers) {
  RepeatLimiter limiter;
  const RepeatLimiter::Clock::time_point start{};
  EXPECT_EQ(limiter.admit("a", start), 0U);
  EXPECT_EQ(limiter.admit("a", start + 1s), std::nullopt);
  EXPECT_EQ(limiter.admit("a", start + 59s), std::nullopt);
  EXPECT_EQ(limiter.admit("b", start + 59s), 0U) << "another kind";
  EXPECT_EQ(limiter.admit("a", start + 60s), 2U);
  EXPECT_EQ(limiter.admit("a", start + 61s), std::nullopt);
}

TEST(RepeatLimiter, TheKindOfAMessageIsAllBeforeItsFirstColon) {
  EXPECT_EQ(kind_of_message("_TRANSPORT: 127.0.0.1:9092/1: refused (after 3ms)"), "_TRANSPORT");
  EXPECT_EQ(kind_of_message("no colon"), "no colon");
}

TEST(RepeatLimiter, HowManyWereHeldBackStandsBehindTheMessage) {
  EXPECT_EQ(with_held_back("away", 0), "away");
  EXPECT_EQ(with_held_back("away", 3), "away (and 3 more of this kind before)");
}

}  // namespace
}  // namespace sluice

#include "pipeline/frontier.h"

#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

TEST(Frontier, TakesEachOffsetOnce) {
  Frontier frontier(Offset{5});
  EXPECT_TRUE(frontier.take(Offset{5}));
  EXPECT_FALSE(frontier.take(Offset{5}));
  EXPECT_FALSE(frontier.take(Offset{3}));
  EXPECT_EQ(frontier.next(), Offset{6});
  EXPECT_EQ(frontier.holes(), 0u);
}

TEST(Frontier, CountsSkippedOffsetsAsHoles) {
  Frontier frontier(Offset{0});
  EXPECT_TRUE(frontier.take(Offset{0}));
  EXPECT_TRUE(frontier.take(Offset{4}));
  EXPECT_EQ(frontier.holes(), 3u);
  EXPECT_EQ(frontier.next(), Offset{5});
}

TEST(Frontier, TheEndOfTheLogMovesItForwardOnly) {
  Frontier frontier(Offset{10});
  frontier.reach(Offset{12});
  EXPECT_EQ(frontier.next(), Offset{12});
  EXPECT_EQ(frontier.holes(), 2u);
  frontier.reach(Offset{7});
  EXPECT_EQ(frontier.next(), Offset{12});
}

}  // namespace
}  // namespace sluice::pipeline

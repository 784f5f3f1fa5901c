#include "pipeline/sweep_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SweepQueue::Items items(std::vector<std::string> names) {
  return std::make_shared<const sink::LeaveOutItems>(std::move(names), 20);
}

// "row item ..." of everything, in order.
std::vector<std::string> drain(SweepQueue& queue) {
  std::vector<std::string> out;
  while (const auto next = queue.next()) {
    std::string text = std::to_string(next->row);
    for (const std::string& item : next->items->items()) text += " " + item;
    out.push_back(text);
    queue.pop();
  }
  return out;
}

TEST(SweepQueue, RoundsEndInTheOrderInWhichTheyBegan) {
  SweepQueue queue;
  queue.add(items({"a"}), {5, 2});
  queue.add(items({"b", "c"}), {2, 7});
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_THAT(drain(queue), ElementsAre("5 a", "2 a", "2 b c", "7 b c"));
  EXPECT_TRUE(queue.empty());
}

TEST(SweepQueue, ManyRoundsShareTheLastAndTheFirstStillEnds) {
  SweepQueue queue;
  for (const char* item : {"a", "b", "c", "d", "e", "f"}) queue.add(items({item}), {1, 2});
  queue.add(items({"g"}), {3, 1});
  EXPECT_EQ(queue.size(), 9U) << "four rounds at most, each user once in each";
  EXPECT_THAT(drain(queue),
              ElementsAre("1 a", "2 a", "1 b", "2 b", "1 c", "2 c", "1 d e f g", "2 d e f g", "3 d e f g"));
}

TEST(SweepQueue, WhatIsShownAgainIsNoLongerTakenOut) {
  SweepQueue queue;
  queue.add(items({"a"}), {1, 2});
  queue.add(items({"a", "b"}), {3});
  queue.pop();
  queue.show("a");
  EXPECT_THAT(drain(queue), ElementsAre("3 b"));
  queue.show("b");
  EXPECT_THAT(drain(queue), IsEmpty());
}

}  // namespace
}  // namespace sluice::pipeline

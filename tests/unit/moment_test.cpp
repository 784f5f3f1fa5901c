#include "model/moment.h"

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

TEST(Moment, ContextsTellHistoryLengthAndPauseApart) {
  EXPECT_EQ(context_of(0, 0), 0U);
  EXPECT_NE(context_of(1, 60), context_of(2, 60));
  EXPECT_EQ(context_of(2, 60), context_of(3, 60));
  EXPECT_NE(context_of(2, 60), context_of(2, 7'200));
  EXPECT_NE(context_of(2, 7'200), context_of(2, 200'000));
  EXPECT_LT(context_of(1'000'000, 1'000'000'000), kContexts);
}

TEST(Moment, EntriesOfOneTimestampAreOneStep) {
  const std::vector<HistoryEntry> history = {
      {ItemId{1}, 10}, {ItemId{2}, 20}, {ItemId{3}, 20}, {ItemId{4}, 30}};
  const RecentSteps two = recent_steps(history, 2);
  ASSERT_EQ(two.size, 3U);
  EXPECT_EQ(two.entries[0].item, ItemId{4});
  EXPECT_EQ(two.entries[0].age, 0U);
  EXPECT_EQ(two.entries[1].age, 1U);
  EXPECT_EQ(two.entries[2].age, 1U);
}

TEST(Moment, ABasketsEarlierLinesAreNoPastOfItsLaterOnes) {
  User user;
  user.history = {{ItemId{1}, 10}, {ItemId{2}, 20}, {ItemId{3}, 20}};
  const Moment moment = without_newest_step(moment_of(&user, from_unix_ms(20'000)));
  ASSERT_EQ(moment.history.size(), 1U);
  EXPECT_EQ(moment.history[0].item, ItemId{1});
}

}  // namespace
}  // namespace sluice::model

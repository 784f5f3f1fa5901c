#include "model/seen_set.h"

#include <gtest/gtest.h>

#include "model/random.h"

namespace sluice::model {
namespace {

TEST(SeenSet, IsExactUpToItsLimit) {
  SeenSet seen;
  for (std::uint32_t k = 0; k < 1'000; k += 2) seen.insert(ItemId{k}, mix64(k), 500);
  for (std::uint32_t k = 0; k < 1'000; ++k)
    EXPECT_EQ(seen.contains(ItemId{k}, [&] { return mix64(k); }), k % 2 == 0) << k;
}

TEST(SeenSet, BeyondTheLimitNothingSeenIsEverForgottenAndFewAreWronglySeen) {
  constexpr std::uint32_t kLimit = 500;
  SeenSet seen;
  for (std::uint32_t k = 0; k < 2 * kLimit; ++k) seen.insert(ItemId{k}, mix64(k), kLimit);
  EXPECT_EQ(seen.exact().size(), kLimit);
  for (std::uint32_t k = 0; k < 2 * kLimit; ++k)
    EXPECT_TRUE(seen.contains(ItemId{k}, [&] { return mix64(k); })) << k;
  int wrong = 0;
  for (std::uint32_t k = 10'000; k < 20'000; ++k)
    wrong += seen.contains(ItemId{k}, [&] { return mix64(k); }) ? 1 : 0;
  EXPECT_LT(wrong, 50);
}

TEST(SeenSet, ARenamedItemIsSeenUnderItsNewNumberOnly) {
  SeenSet seen;
  seen.insert(ItemId{9}, 1, 10);
  seen.insert(ItemId{7}, 2, 10);
  seen.rename([](ItemId item) { return item == ItemId{9} ? ItemId{4} : item; });
  EXPECT_TRUE(seen.contains(ItemId{7}, [] { return 2; }));
  EXPECT_FALSE(seen.contains(ItemId{9}, [] { return 1; }));
  EXPECT_TRUE(seen.contains(ItemId{4}, [] { return 1; }));
}

}  // namespace
}  // namespace sluice::model

#include "pipeline/erased_users.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace sluice::pipeline {
namespace {

Timestamp second(std::int64_t count) {
  return from_unix_ms(1'600'000'000'000 + count * 1'000);
}

std::vector<std::string> users_of(const ErasedUsers& erased) {
  std::vector<std::string> users;
  erased.visit([&](std::string_view user) { users.emplace_back(user); });
  return users;
}

using Users = std::vector<std::string>;

TEST(ErasedUsers, KeepsEachOnceInTheOrderOfTheLatestErasures) {
  ErasedUsers erased;
  erased.add("a", second(1));
  erased.add("b", second(2));
  erased.add("a", second(3));
  EXPECT_EQ(users_of(erased), (Users{"b", "a"}));
}

TEST(ErasedUsers, ForgetsWhoHasEventsAgainAndWhoseListWouldHaveExpired) {
  ErasedUsers erased;
  for (int k = 0; k < 5; ++k) erased.add("u" + std::to_string(k), second(k));
  erased.forget("u3");
  erased.forget("never erased");
  erased.forget_before(second(2));
  EXPECT_EQ(users_of(erased), (Users{"u2", "u4"}));
}

TEST(ErasedUsers, BeyondTheBoundTheFirstOnesAreForgotten) {
  ErasedUsers erased;
  for (std::size_t k = 0; k < ErasedUsers::kMost + 2; ++k) erased.add("u" + std::to_string(k), second(1));
  EXPECT_EQ(erased.size(), ErasedUsers::kMost);
  EXPECT_EQ(users_of(erased).front(), "u2");
}

TEST(ErasedUsers, ComesBackFromASnapshotAndATruncatedOneIsNoticed) {
  ErasedUsers erased;
  erased.add("a", second(1));
  erased.add(std::string("b\0\xff", 3), second(2));
  ByteWriter out;
  erased.save(out);
  const auto bytes = out.take();
  ErasedUsers loaded;
  loaded.add("old", second(9));
  ByteReader in(bytes);
  ASSERT_TRUE(loaded.load(in, second(2)));
  EXPECT_EQ(users_of(loaded), users_of(erased));
  loaded.forget_before(second(2));
  EXPECT_EQ(loaded.size(), 1U);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut{std::span(bytes).first(size)};
    EXPECT_FALSE(loaded.load(cut, second(2))) << size;
    EXPECT_TRUE(loaded.empty());
  }
}

TEST(ErasedUsers, AClockThatWasAheadKeepsNobodyForLonger) {
  ErasedUsers erased;
  erased.add("tomorrow", second(86'400));
  erased.add("a", second(1));
  ByteWriter out;
  erased.save(out);
  const auto bytes = out.take();
  ErasedUsers loaded;
  ByteReader in(bytes);
  ASSERT_TRUE(loaded.load(in, second(10)));
  loaded.forget_before(second(11));
  EXPECT_TRUE(loaded.empty());
}

}  // namespace
}  // namespace sluice::pipeline

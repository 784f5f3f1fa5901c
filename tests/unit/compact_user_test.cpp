#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/user_table.h"

namespace sluice::model {
namespace {

TEST(CompactName, HoldsTextsOfAnyLength) {
  for (const std::size_t size : {0U, 1U, 14U, 15U, 16U, 17U, 250U, 300U}) {
    const std::string text(size, 'x');
    CompactName name(text);
    EXPECT_EQ(std::string_view(name), text);
    EXPECT_EQ(name.size(), size);
    EXPECT_EQ(name.empty(), size == 0);
    CompactName moved = std::move(name);
    EXPECT_EQ(std::string_view(moved), text);
    moved = "another";
    EXPECT_EQ(std::string_view(moved), "another");
  }
}

TEST(CompactName, IsItsTextAndNoOther) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string text;
    for (std::size_t k = 0; k < size; ++k) text += static_cast<char>('a' + k % 26);
    const CompactName name(text);
    EXPECT_TRUE(name.is(text)) << size;
    EXPECT_FALSE(name.is(text + 'x')) << size;
    for (std::size_t k = 0; k < size; ++k) {
      EXPECT_FALSE(name.is(text.substr(0, k))) << size << ' ' << k;
      std::string other = text;
      other[k] = '?';
      EXPECT_FALSE(name.is(other)) << size << ' ' << k;
    }
  }
}

TEST(CompactVector, BehavesLikeAVectorThatGrowsByLess) {
  CompactVector<int> compact;
  std::vector<int> plain;
  for (int k = 0; k < 1'000; ++k) {
    compact.push_back(k);
    plain.push_back(k);
    if (k % 3 == 2) {
      const int at = k / 5;
      compact.erase(compact.begin() + at);
      plain.erase(plain.begin() + at);
    }
    ASSERT_TRUE(std::equal(compact.begin(), compact.end(), plain.begin(), plain.end())) << k;
    EXPECT_LE(compact.heap_bytes(), plain.size() * sizeof(int) * 3 / 2 + 64);
  }
  compact.erase(compact.begin(), compact.end() - 2);
  EXPECT_EQ(compact.size(), 2U);
  compact.push_back(compact.front());
  EXPECT_EQ(compact.back(), compact.front());
}

TEST(UserTable, RowsNeverMoveAndAreUsedAgain) {
  UserTable table;
  const std::uint32_t first = table.find_or_add("first");
  const User* const place = &table[first];
  for (int k = 0; k < 10'000; ++k) (void)table.find_or_add("user " + std::to_string(k));
  EXPECT_EQ(&table[first], place);
  EXPECT_EQ(table.size(), 10'001U);
  table[first].history.push_back({ItemId{3}, 9});
  table.remove(first);
  EXPECT_EQ(table.find("first"), UserTable::kNoUser);
  EXPECT_EQ(table.find_or_add("second"), first);
  EXPECT_TRUE(table[first].history.empty());
  EXPECT_EQ(table.find("user 9999"), 10'000U);
}

// A name of ids is all that a user's row and its place in the table may add to what is known of him.
TEST(UserTable, AUserIsSmall) {
  EXPECT_LE(sizeof(User), 208U);
}

}  // namespace
}  // namespace sluice::model

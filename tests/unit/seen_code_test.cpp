#include "common/seen_code.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(SeenCode, IsWhatTheReadersCompute) {  // FNV-1a of "" and "a" are 0x811C9DC5 and 0xE40C292C
  EXPECT_EQ(seen_code(""), (0x811C9DC5U ^ (0x811C9DC5U >> 18)) & 0x3FFFFU);
  EXPECT_EQ(seen_code("a"), (0xE40C292CU ^ (0xE40C292CU >> 18)) & 0x3FFFFU);
  std::string text;
  append_seen_code(text, 0);
  append_seen_code(text, 0x3FFFF);
  append_seen_code(text, 1);
  EXPECT_EQ(text, "AAA///AAB");
}

TEST(SeenCode, IsFoundOnlyWhereItBegins) {
  EXPECT_TRUE(holds_seen_code("AAAAAB", 1));
  EXPECT_FALSE(holds_seen_code("AAABAA", 1));
  EXPECT_FALSE(holds_seen_code("", 0));
}

TEST(SeenCode, AFullDocumentTakesAtMostOneUnseenItemInAThousandForSeen) {
  std::string codes;
  for (int i = 0; i < 256; ++i) append_seen_code(codes, seen_code("seen-" + std::to_string(i)));
  int wrong = 0;
  for (int i = 0; i < 100'000; ++i) wrong += holds_seen_code(codes, seen_code(std::to_string(i))) ? 1 : 0;
  EXPECT_LE(wrong, 130);  // 97.6 expected
}

}  // namespace
}  // namespace sluice

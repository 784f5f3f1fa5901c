#include "sink/live_list.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sink/list_compact.h"
#include "sink/list_json.h"
#include "sink/live_slots.h"
#include "sink/redis_functions.h"
#include "support/sample_lists.h"

namespace sluice::sink {
namespace {

LiveList sample() {
  return {7, {{"i", 2.1034}, {"j", -1}}, Epoch{3}, from_unix_ms(1718000000123), from_unix_ms(1718000000456)};
}

List list_with_parts() {
  List list = test::sample_list();
  list.items[0].own = 1.0001;
  list.items[0].common = 0.2299;
  list.items[1].own = -0.5;
  list.live = LiveParts{0.125, 3, from_unix_ms(1718000000000), {{"k", 0.5, -2.25}}, "AAAaB3"};
  return list;
}

void expect_same_parts(const List& read) {
  ASSERT_TRUE(read.live.has_value());
  EXPECT_EQ(read.items[0].own, 1.0001);
  EXPECT_EQ(read.items[0].common, 0.2299);
  EXPECT_EQ(read.live->base, 0.125);
  EXPECT_EQ(read.live->history, 3U);
  EXPECT_EQ(read.live->last_take, from_unix_ms(1718000000000));
  ASSERT_EQ(read.live->kept.size(), 1U);
  EXPECT_EQ(read.live->kept[0].id, "k");
  EXPECT_EQ(read.live->kept[0].common, -2.25);
  EXPECT_EQ(read.live->seen, "AAAaB3");
}

TEST(LiveListDocument, IsTheDocumentOfTheHeader) {
  std::string text;
  append_live_list(text, sample());
  EXPECT_EQ(text, R"({"v":1,"context":7,"items":[["i",2.1034],["j",-1]],"epoch":3,)"
                  R"("event_ms":1718000000123,"made_ms":1718000000456})");
  const auto read = parse_live_list(text);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read.value().items[0].id, "i");
  EXPECT_EQ(read.value().items[0].common, 2.1034);
  EXPECT_EQ(read.value().context, 7U);
}

TEST(LiveListDocument, ABadOneIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"v":1,"context":0,"items":[["a"]],"epoch":1,"event_ms":1,"made_ms":1})",
        R"({"v":2,"context":0,"items":[],"epoch":1,"event_ms":1,"made_ms":1})"}) {
    EXPECT_FALSE(parse_live_list(text).ok()) << text;
  }
}

TEST(LiveParts, ComeBackFromJson) {
  std::string text;
  append_list_json(text, list_with_parts());
  const auto read = parse_list(text);
  ASSERT_TRUE(read.ok()) << read.error();
  expect_same_parts(read.value());
}

TEST(LiveParts, ComeBackFromTheCompactForm) {
  std::string text;
  append_list_compact(text, list_with_parts());
  const auto read = parse_list(text);
  ASSERT_TRUE(read.ok()) << read.error();
  expect_same_parts(read.value());
  for (std::size_t size = text.size() - 60; size < text.size(); ++size) {
    const auto cut = parse_list(text.substr(0, size));
    EXPECT_TRUE(!cut.ok() || !cut.value().live) << size;
  }
}

// At most 1.2 kB of Redis: a document of twenty entries and as many kept ones as by default. Beyond 1,024
// bytes the server's allocator would take 1,280.
TEST(LiveParts, FitTheMemoryThatAUserMayTake) {
  List list = test::sample_list("user-1234567");
  list.items.clear();
  list.live.emplace();
  for (int i = 0; i < 20; ++i) {
    list.items.push_back({"item-" + std::to_string(10'000 + i), 1, {"covisit", "factors", "pop_1d"}, 1, 2});
    if (i < 16) list.live->kept.push_back({"item-" + std::to_string(20'000 + i), 1, 2});
  }
  std::string text;
  append_list_compact(text, list);
  EXPECT_LE(text.size(), 1'000U);
}

TEST(LiveSlots, AnUnchangedListIsNotWrittenAgainUntilItsRenewal) {
  using std::chrono::seconds;
  const LiveSlots::SteadyTime now{seconds{100}};
  LiveSlots slots;
  EXPECT_EQ(slots.due(), LiveSlots::SteadyTime::max());
  EXPECT_TRUE(slots.set(sample()));
  EXPECT_NE(slots.take_due(now, now + seconds{60})[7], nullptr);
  EXPECT_FALSE(slots.set(sample()));
  EXPECT_EQ(slots.take_due(now, now + seconds{60})[7], nullptr);
  EXPECT_NE(slots.take_due(now + seconds{60}, now + seconds{120})[7], nullptr);
  LiveList other = sample();
  other.items[1].common = -0.5;
  EXPECT_TRUE(slots.set(std::move(other)));
  EXPECT_EQ(slots.take_due(now + seconds{61}, now + seconds{120})[7]->items[1].common, -0.5);
}

TEST(TopFunction, IsNamedAfterThePrefix) {
  EXPECT_EQ(top_function_name("sluice"), "sluice_top");
  EXPECT_EQ(top_function_name("shop:new-1"), "shop_new_1_26602abb_top");
  EXPECT_NE(top_function_name("rec-a"), top_function_name("rec_a"));
  EXPECT_NE(function_library("it's").find(R"(local prefix = 'it\'s:')"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sink

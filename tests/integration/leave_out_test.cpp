#include "sink/leave_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/live_merge.h"
#include "sink/list_compact.h"
#include "sink/list_publisher.h"
#include "support/redis_fixture.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kListSize = 3;

// Takes items out of lists in a real Redis, in both formats.
class LeavingOut : public test::RedisTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    start_redis();
    publish_.format = GetParam();
    publish_.ttl = 1h;
  }

  [[nodiscard]] ListPublisher::Callbacks callbacks() {
    ListPublisher::Callbacks made;
    made.on_short = [this](const LeaveOut& leave_out) {
      EXPECT_EQ(leave_out.user, "u" + std::to_string(leave_out.row));
      ++short_;
    };
    return made;
  }

  // Three entries, best first, and two kept behind them.
  static List list_of(int user) {
    List list = test::sample_list("u" + std::to_string(user));
    list.items = {
        {"a", 3.0F, {"covisit", "a"}, 2.0, 1.0}, {"b", 2.0F, {}, 0.5, 1.5}, {"c", 1.0F, {}, 0.75, 0.25}};
    list.live =
        LiveParts{0.125, 2, from_unix_ms(1718000000000), {{"d", 0.25, 0.5}, {"e", 0.125, 0.25}}, "abcdef"};
    return list;
  }
  void write(List list) {
    ListPublisher publisher(redis_, publish_, {});
    ASSERT_TRUE(publisher.submit(std::move(list)));
    ASSERT_TRUE(publisher.stop(10s));
  }
  static LeaveOut without(std::vector<std::string> items, int user = 1) {
    return {"u" + std::to_string(user),
            std::make_shared<const LeaveOutItems>(std::move(items), kListSize),
            {},
            static_cast<std::uint32_t>(user)};
  }
  PublishCounters leave_out(LeaveOut leave_out) {
    ListPublisher publisher(redis_, publish_, callbacks());
    EXPECT_EQ(publisher.leave_out(std::move(leave_out)), ListPublisher::Answer::taken);
    EXPECT_TRUE(publisher.stop(10s));
    return publisher.counters();
  }

  std::string document(int user = 1) { return run({"GET", "sluice:user:u" + std::to_string(user)}); }
  List list(int user = 1) {
    auto parsed = parse_list(document(user));
    EXPECT_TRUE(parsed.ok()) << parsed.error();
    return parsed.ok() ? std::move(parsed.value()) : List{};
  }
  static std::vector<std::string> items_of(const List& list) {
    std::vector<std::string> ids;
    for (const ListEntry& entry : list.items) ids.push_back(entry.item);
    return ids;
  }
  static std::vector<std::string> kept_of(const List& list) {
    std::vector<std::string> ids;
    for (const auto& entry : list.live->kept) ids.push_back(entry.id);
    return ids;
  }

  std::atomic<int> short_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Formats, LeavingOut, testing::Values("json", "compact"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(LeavingOut, the_best_kept_entry_moves_up_and_all_else_stays) {
  const List before = list_of(1);
  write(before);
  ASSERT_EQ(run({"PEXPIRE", "sluice:user:u1", "100000"}), "1");
  EXPECT_EQ(leave_out(without({"b"})).lists_changed, 1U);
  const List after = list();
  EXPECT_THAT(items_of(after), ElementsAre("a", "c", "d"));
  EXPECT_THAT(kept_of(after), ElementsAre("e"));
  List expected = before;
  expected.items = {before.items[0], before.items[2], {"d", 0.75F, {}, 0.25, 0.5}};
  test::expect_equal(after, expected);
  EXPECT_EQ(after.items[1].own, 0.75);
  EXPECT_EQ(after.items[2].own, 0.25);
  EXPECT_EQ(after.items[2].common, 0.5);
  EXPECT_EQ(after.live->base, before.live->base);
  EXPECT_EQ(after.live->history, before.live->history);
  EXPECT_EQ(after.live->last_take, before.live->last_take);
  EXPECT_EQ(after.live->seen, before.live->seen);
  EXPECT_GT(number({"PTTL", "sluice:user:u1"}), 0);
  EXPECT_LE(number({"PTTL", "sluice:user:u1"}), 100'000) << "its time to live is that of the list";
  EXPECT_EQ(short_, 0);
}

TEST_P(LeavingOut, a_kept_entry_goes_without_a_trace) {
  write(list_of(1));
  EXPECT_EQ(leave_out(without({"d", "nowhere"})).lists_changed, 1U);
  EXPECT_THAT(items_of(list()), ElementsAre("a", "b", "c"));
  EXPECT_THAT(kept_of(list()), ElementsAre("e"));
}

TEST_P(LeavingOut, what_holds_none_of_the_items_is_not_written) {
  write(list_of(1));
  const std::string before = document();
  const PublishCounters counters = leave_out(without({"covisit", "u1", "abc", "score", ""}));
  EXPECT_EQ(document(), before) << "names of signals and users are no items";
  EXPECT_EQ(counters.lists_changed, 0U);
  EXPECT_EQ(counters.lists_written, 0U);
}

TEST_P(LeavingOut, a_list_that_gets_too_short_is_asked_for_anew) {
  write(list_of(1));
  EXPECT_EQ(leave_out(without({"a", "b", "c"})).lists_changed, 1U);
  EXPECT_THAT(items_of(list()), ElementsAre("d", "e")) << "the items are gone at once";
  EXPECT_THAT(kept_of(list()), IsEmpty());
  EXPECT_EQ(short_, 1);
  leave_out(without({"d", "e"}));
  EXPECT_THAT(items_of(list()), IsEmpty());
  EXPECT_EQ(short_, 2);
}

TEST_P(LeavingOut, entries_to_spare_need_no_new_list) {
  List long_list = list_of(1);
  long_list.items.push_back({"z", 0.5F, {}, 0.25, 0.25});
  long_list.live->kept.clear();
  write(long_list);
  leave_out(without({"a"}));
  EXPECT_THAT(items_of(list()), ElementsAre("b", "c", "z"));
  EXPECT_EQ(short_, 0);
}

TEST_P(LeavingOut, a_list_without_parts_for_merging_gets_shorter) {
  List plain = list_of(1);
  plain.live.reset();
  write(plain);
  leave_out(without({"a", "c"}));
  EXPECT_THAT(items_of(list()), ElementsAre("b"));
  EXPECT_FALSE(list().live);
  EXPECT_EQ(short_, 1);
}

TEST_P(LeavingOut, no_key_is_made_where_there_is_none_and_foreign_bytes_are_asked_for_anew) {
  EXPECT_EQ(leave_out(without({"a"}, 7)).lists_changed, 0U);
  EXPECT_EQ(run({"EXISTS", "sluice:user:u7"}), "0");
  EXPECT_EQ(short_, 0);
  ASSERT_EQ(run({"SET", "sluice:user:u1", "no list"}), "OK");
  ASSERT_EQ(run({"HSET", "sluice:user:u2", "no", "list"}), "1");
  leave_out(without({"a"}));
  EXPECT_EQ(short_, 1);
  leave_out(without({"a"}, 2));
  EXPECT_EQ(short_, 2);
}

TEST_P(LeavingOut, without_the_right_to_call_functions_lists_are_asked_for_anew) {
  ASSERT_EQ(run({"ACL", "SETUSER", "writer", "on", ">hush", "~sluice:*", "+@all", "-fcall"}), "OK");
  write(list_of(1));
  redis_.username = "writer";
  redis_.password = "hush";
  ListPublisher publisher(redis_, publish_, callbacks());
  for (int i = 1; i <= 500; ++i) {
    ASSERT_EQ(publisher.leave_out(without({"a"}, i)), ListPublisher::Answer::taken);
  }
  EXPECT_TRUE(publisher.stop(10s));
  EXPECT_EQ(short_, 500);
  EXPECT_EQ(publisher.counters().errors_operator, 0U) << publisher.counters().last_error;
  EXPECT_EQ(items_of(list()).front(), "a");
}

TEST_P(LeavingOut, is_ordered_with_the_other_writes_of_the_same_list) {
  ListPublisher publisher(redis_, publish_, callbacks());
  for (int round = 0; round < 200; ++round) {
    List made = list_of(1);
    made.offset = Offset{round};
    ASSERT_TRUE(publisher.submit(std::move(made)));
    (void)publisher.leave_out(without({"a"}));
    if (round % 3 == 0) publisher.erase_user("u1");
    List newer = list_of(1);
    newer.offset = Offset{1000 + round};
    ASSERT_TRUE(publisher.submit(std::move(newer)));
  }
  ASSERT_TRUE(publisher.stop(10s));
  EXPECT_EQ(list().offset, Offset{1199});
  EXPECT_THAT(items_of(list()), ElementsAre("a", "b", "c")) << "this one was made after all of them";
}

TEST_P(LeavingOut, many_lists_lose_the_item_though_redis_hangs_up_again_and_again) {
  constexpr int kUsers = 3000;
  ListPublisher publisher(redis_, publish_, callbacks());
  for (int user = 0; user < kUsers; ++user) ASSERT_TRUE(publisher.submit(list_of(user)));
  ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written == kUsers; }));
  for (int user = 0; user < kUsers; ++user) {
    if (user % 500 == 0) (void)run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    ASSERT_TRUE(wait_until(
        [&] { return publisher.leave_out(without({"a"}, user)) == ListPublisher::Answer::taken; }));
  }
  ASSERT_TRUE(publisher.stop(20s));
  for (int user = 0; user < kUsers; ++user) {
    ASSERT_THAT(items_of(list(user)), ElementsAre("b", "c", "d")) << user;
  }
  EXPECT_GT(publisher.counters().reconnects, 0U);
  EXPECT_EQ(short_, 0);
}

// Whatever ids hold, the document stays whole and loses what it is to lose.
TEST_P(LeavingOut, any_ids_and_lists_come_out_as_by_the_rule) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {
      "\"", "\\", ",", "[", "]", "{", "}",  "\"id\":",     "],\"epoch\":",   "\x01",
      "\n", "%d", "ü", ".", "a", "b", "SL", ",\"kept\":[", "{\"id\":\"a\",", std::string(1, '\0')};
  const auto id = [&](std::set<std::string>& used) {
    while (true) {
      std::string made;
      for (auto n = random() % 4; n > 0; --n) made += pieces[random() % pieces.size()];
      if (used.insert(made).second) return made;
    }
  };
  const auto part = [&] { return round_part(std::normal_distribution<double>(0, 2)(random)); };
  for (int round = 0; round < 60; ++round) {
    std::set<std::string> used;
    List before = test::sample_list("u1");
    std::vector<KeptEntry<std::string>> entries;
    for (auto n = random() % 12; n > 0; --n) entries.push_back({id(used), part(), part()});
    std::ranges::sort(entries, std::greater<>{}, [](const auto& e) { return e.own + e.common; });
    const std::size_t shown = entries.empty() ? 0 : random() % (entries.size() + 1);
    before.items.clear();
    before.live = LiveParts{part(), 3, from_unix_ms(1718000000000), {}, "abc"};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& [item, own, common] = entries[i];
      if (i < shown) {
        before.items.push_back({item, static_cast<float>(own + common), {"covisit"}, own, common});
      } else {
        before.live->kept.push_back(entries[i]);
      }
    }
    std::vector<std::string> gone = {id(used)};
    for (const auto& entry : entries) {
      if (random() % 3 == 0) gone.push_back(entry.id);
    }
    std::vector<std::string> expected;
    for (const auto& entry : entries) {
      if (std::ranges::find(gone, entry.id) == gone.end()) expected.push_back(entry.id);
    }
    run({"DEL", "sluice:user:u1"});  // else a list without entries would not be written
    write(before);
    leave_out(without(gone));
    const List after = list();
    std::vector<std::string> found = items_of(after);
    EXPECT_EQ(found.size(), std::min(shown, expected.size()));
    EXPECT_TRUE(std::ranges::is_sorted(after.items, std::greater<>{}, &ListEntry::score));
    for (const std::string& kept : kept_of(after)) found.push_back(kept);
    EXPECT_EQ(found, expected) << document();
    EXPECT_EQ(after.live->seen, "abc");
    EXPECT_EQ(after.offset, before.offset);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace sluice::sink

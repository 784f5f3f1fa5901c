#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/hidden_items.h"
#include "sink/pending_lists.h"

namespace sluice::sink {
namespace {

using ::testing::ElementsAre;

List list_of(std::string user, int offset) {
  List list;
  list.user = std::move(user);
  list.offset = Offset{offset};
  return list;
}

std::vector<PendingLists::Slot*> take(PendingLists& pending, std::size_t most = 100) {
  std::vector<PendingLists::Slot*> out;
  pending.take(most, out);
  return out;
}

LeaveOut leave_out_of(std::string user, std::vector<std::string> items) {
  return {std::move(user), std::make_shared<const LeaveOutItems>(std::move(items), 1), {}, 0};
}

std::string text_of(const List& list) {
  return list.user + ":" + std::to_string(static_cast<std::int64_t>(list.offset));
}
std::string text_of(const PendingLists::Erasure& erasure) {
  return erasure.user + ":-";
}
std::string text_of(const LeaveOut& leave_out) {
  std::string text = leave_out.user + ":without";
  for (const std::string& item : leave_out.items->items()) text += " " + item;
  return text;
}

// "user:offset", "user:-" for an erasure, or "user:without item ...".
std::vector<std::string> shown(const std::vector<PendingLists::Slot*>& slots) {
  std::vector<std::string> out;
  for (const auto* slot : slots) {
    if (const auto* const list = std::get_if<List>(&slot->writing)) out.push_back(text_of(*list));
    if (const auto* const erased = std::get_if<PendingLists::Erasure>(&slot->writing))
      out.push_back(text_of(*erased));
    if (const auto* const leave_out = std::get_if<LeaveOut>(&slot->writing))
      out.push_back(text_of(*leave_out));
  }
  return out;
}

TEST(PendingLists, oldest_user_is_taken_first) {
  PendingLists pending(10);
  for (const char* user : {"a", "b", "c"}) ASSERT_TRUE(pending.submit(list_of(user, 1)));
  EXPECT_THAT(shown(take(pending, 2)), ElementsAre("a:1", "b:1"));
  EXPECT_THAT(shown(take(pending)), ElementsAre("c:1"));
}

TEST(PendingLists, newer_list_replaces_one_that_waits_in_its_place) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  ASSERT_TRUE(pending.submit(list_of("b", 1)));
  ASSERT_TRUE(pending.submit(list_of("a", 2)));
  EXPECT_EQ(pending.users(), 2U);
  EXPECT_EQ(pending.replaced(), 1U);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:2", "b:1"));
}

TEST(PendingLists, newer_list_waits_until_the_one_under_way_is_answered) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  const auto first = take(pending);
  ASSERT_TRUE(pending.submit(list_of("a", 2)));
  EXPECT_TRUE(take(pending).empty());
  pending.done(first);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:2"));
}

TEST(PendingLists, list_given_back_yields_to_a_newer_one) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  ASSERT_TRUE(pending.submit(list_of("b", 1)));
  const auto under_way = take(pending);
  ASSERT_TRUE(pending.submit(list_of("a", 2)));
  EXPECT_TRUE(pending.give_back(under_way).empty());
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:2", "b:1"));
}

TEST(PendingLists, what_is_given_back_goes_first_in_its_old_order) {
  PendingLists pending(10);
  for (const char* user : {"a", "b"}) ASSERT_TRUE(pending.submit(list_of(user, 1)));
  const auto under_way = take(pending);
  ASSERT_TRUE(pending.submit(list_of("c", 1)));
  EXPECT_TRUE(pending.give_back(under_way).empty());
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:1", "b:1", "c:1"));
}

TEST(PendingLists, full_queue_refuses_new_users_but_takes_known_ones) {
  PendingLists pending(2);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  ASSERT_TRUE(pending.submit(list_of("b", 1)));
  EXPECT_FALSE(pending.submit(list_of("c", 1)));
  EXPECT_TRUE(pending.submit(list_of("a", 2)));
  pending.done(take(pending));
  EXPECT_EQ(pending.users(), 0U);
  EXPECT_TRUE(pending.submit(list_of("c", 1)));
}

TEST(PendingLists, refused_list_is_left_with_the_caller) {
  PendingLists pending(0);
  List list = list_of("a", 7);
  ASSERT_FALSE(pending.submit(std::move(list)));
  EXPECT_EQ(list.user, "a");  // NOLINT(bugprone-use-after-move): that it was not moved from is the promise
}

TEST(PendingLists, erasure_replaces_what_waits_and_is_never_refused) {
  PendingLists pending(1);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  pending.erase("a");
  pending.erase("b");
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:-", "b:-"));
}

TEST(PendingLists, erasure_follows_the_list_under_way) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  const auto under_way = take(pending);
  pending.erase("a");
  EXPECT_TRUE(pending.give_back(under_way).empty());
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:-"));
}

TEST(PendingLists, leaving_out_follows_the_list_under_way) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  const auto under_way = take(pending);
  EXPECT_EQ(pending.leave_out(leave_out_of("a", {"x"})), PendingLists::Answer::taken);
  EXPECT_TRUE(take(pending).empty());
  pending.done(under_way);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:without x"));
}

TEST(PendingLists, leaving_out_of_a_list_that_still_waits_asks_for_a_new_one) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  EXPECT_EQ(pending.leave_out(leave_out_of("a", {"x"})), PendingLists::Answer::rank);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:1"));
}

TEST(PendingLists, newer_list_or_erasure_replaces_leaving_out) {
  PendingLists pending(10);
  for (const char* user : {"a", "b"}) {
    EXPECT_EQ(pending.leave_out(leave_out_of(user, {"x"})), PendingLists::Answer::taken);
  }
  ASSERT_TRUE(pending.submit(list_of("a", 2)));
  pending.erase("b");
  EXPECT_EQ(pending.leave_out(leave_out_of("b", {"y"})), PendingLists::Answer::taken)
      << "there is nothing to do";
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:2", "b:-"));
  EXPECT_EQ(pending.replaced(), 0U) << "no list was lost";
}

TEST(PendingLists, items_to_leave_out_of_the_same_list_come_together) {
  PendingLists pending(10);
  for (const char* item : {"x", "y", "x"}) {
    EXPECT_EQ(pending.leave_out(leave_out_of("a", {item})), PendingLists::Answer::taken);
  }
  const auto under_way = take(pending);
  EXPECT_THAT(shown(under_way), ElementsAre("a:without x y"));
  EXPECT_EQ(pending.leave_out(leave_out_of("a", {"z"})), PendingLists::Answer::taken);
  EXPECT_TRUE(pending.give_back(under_way).empty());
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:without z x y"));
}

TEST(PendingLists, list_given_back_is_not_lost_to_leaving_out_behind_it) {
  PendingLists pending(10);
  ASSERT_TRUE(pending.submit(list_of("a", 1)));
  const auto under_way = take(pending);
  EXPECT_EQ(pending.leave_out(leave_out_of("a", {"x"})), PendingLists::Answer::taken);
  const auto displaced = pending.give_back(under_way);
  ASSERT_EQ(displaced.size(), 1U) << "the list may hold the item: one made anew is to replace it";
  EXPECT_EQ(displaced.front().user, "a");
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:1"));
}

TEST(PendingLists, erasure_given_back_is_not_lost_to_leaving_out_behind_it) {
  PendingLists pending(10);
  pending.erase("a");
  const auto under_way = take(pending);
  EXPECT_EQ(pending.leave_out(leave_out_of("a", {"x"})), PendingLists::Answer::taken);
  EXPECT_TRUE(pending.give_back(under_way).empty());
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:-"));
}

TEST(PendingLists, leaving_out_keeps_room_for_lists) {
  PendingLists pending(1'000'000);
  int taken = 0;
  while (pending.leave_out(leave_out_of("u" + std::to_string(taken), {"x"})) == PendingLists::Answer::taken) {
    ASSERT_LT(++taken, 100'000);
  }
  EXPECT_EQ(pending.leaving_out(), static_cast<std::size_t>(taken));
  EXPECT_TRUE(pending.submit(list_of("a", 1)));
  const auto under_way = take(pending, 10);
  EXPECT_EQ(pending.leaving_out(), static_cast<std::size_t>(taken)) << "nothing is answered yet";
  pending.done(under_way);
  EXPECT_EQ(pending.leaving_out(), static_cast<std::size_t>(taken - 10));
  EXPECT_EQ(pending.leave_out(leave_out_of("b", {"x"})), PendingLists::Answer::taken);
  pending.close();
  EXPECT_EQ(pending.leave_out(leave_out_of("c", {"x"})), PendingLists::Answer::full);
}

TEST(PendingLists, nothing_is_accepted_after_close) {
  PendingLists pending(10);
  pending.close();
  EXPECT_FALSE(pending.submit(list_of("a", 1)));
  pending.erase("a");
  EXPECT_EQ(pending.users(), 0U);
}

TEST(HiddenItems, changes_are_taken_one_kind_at_a_time_and_settle_when_written) {
  HiddenItems hidden;
  hidden.set("x", true);
  hidden.set("y", false);
  const auto first = hidden.take(10);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->hide);
  EXPECT_THAT(first->items, ElementsAre("x"));
  EXPECT_FALSE(hidden.take(10)) << "one change under way at a time";
  hidden.written();
  const auto second = hidden.take(10);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->hide);
  hidden.written();
  EXPECT_TRUE(hidden.settled());
}

TEST(HiddenItems, failed_change_is_taken_again_as_it_is_wanted_by_then) {
  HiddenItems hidden;
  hidden.set("x", true);
  ASSERT_TRUE(hidden.take(10));
  hidden.set("x", false);
  hidden.failed();
  const auto again = hidden.take(10);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->hide);
}

TEST(HiddenItems, everything_hidden_is_written_again_after_a_loss) {
  HiddenItems hidden;
  hidden.set("x", true);
  hidden.set("y", true);
  static_cast<void>(hidden.take(10));
  hidden.written();
  EXPECT_TRUE(hidden.settled());
  hidden.forget_written();
  EXPECT_THAT(hidden.take(10)->items, ElementsAre("x", "y"));
}

}  // namespace
}  // namespace sluice::sink

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

// "user:offset", or "user:-" for an erasure.
std::vector<std::string> shown(const std::vector<PendingLists::Slot*>& slots) {
  std::vector<std::string> out;
  for (const auto* slot : slots) {
    const auto& [list, erase] = slot->writing;
    out.push_back(list.user + ":" + (erase ? "-" : std::to_string(static_cast<std::int64_t>(list.offset))));
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
  pending.give_back(under_way);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:2", "b:1"));
}

TEST(PendingLists, what_is_given_back_goes_first_in_its_old_order) {
  PendingLists pending(10);
  for (const char* user : {"a", "b"}) ASSERT_TRUE(pending.submit(list_of(user, 1)));
  const auto under_way = take(pending);
  ASSERT_TRUE(pending.submit(list_of("c", 1)));
  pending.give_back(under_way);
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
  pending.give_back(under_way);
  EXPECT_THAT(shown(take(pending)), ElementsAre("a:-"));
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

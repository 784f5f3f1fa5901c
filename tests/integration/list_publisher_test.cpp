#include "sink/list_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "sink/list_compact.h"
#include "support/redis_fixture.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using ::testing::Each;

class Publisher : public test::RedisTest {
 protected:
  void SetUp() override { start_redis(); }
};

TEST_F(Publisher, writes_every_list_once_and_calls_back_with_it) {
  std::set<std::string> written;
  ListPublisher::Callbacks callbacks;
  callbacks.on_written = [&](const List& list, auto replied) {
    EXPECT_LE(replied, std::chrono::system_clock::now());
    EXPECT_TRUE(written.insert(list.user).second);
  };
  ListPublisher publisher(redis_, publish_, callbacks);
  constexpr int kUsers = 5000;
  for (int i = 0; i < kUsers; ++i) ASSERT_TRUE(publisher.submit(list_of(i)));
  EXPECT_TRUE(publisher.stop(20s));
  EXPECT_EQ(written.size(), std::size_t{kUsers});
  EXPECT_EQ(publisher.counters().lists_written, std::uint64_t{kUsers});
  EXPECT_EQ(publisher.counters().pending, 0U);
  EXPECT_THAT(offsets_of(kUsers), Each(1));
}

TEST_F(Publisher, every_key_it_writes_has_a_ttl) {
  publish_.ttl = 90s;
  publish_.popular_ttl = 30s;
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  publisher.set_popular(test::sample_list(""));
  publisher.set_hidden("bad", true);
  ASSERT_TRUE(wait_until([&] { return number({"DBSIZE"}) == 4; }));
  for (const char* key : {"sluice:user:u1", "sluice:canary", "sluice:hidden"}) {
    ASSERT_TRUE(wait_until([&] { return number({"PTTL", key}) > 0; })) << key;
    EXPECT_GT(number({"PTTL", key}), 60'000) << key;
    EXPECT_LE(number({"PTTL", key}), 90'000) << key;
  }
  EXPECT_GT(number({"PTTL", "sluice:popular"}), 10'000);
  EXPECT_LE(number({"PTTL", "sluice:popular"}), 30'000);
}

TEST_F(Publisher, a_list_without_entries_never_replaces_one_that_has_some) {
  for (const char* format : {"json", "compact"}) {
    publish_.format = format;
    ListPublisher publisher(redis_, publish_, {});
    ASSERT_TRUE(publisher.submit(list_of(1, 7)));
    publisher.set_popular(test::sample_list(""));
    LiveList live;
    live.context = 3;
    live.items = {{"i", 1.0}};
    publisher.set_live(LiveList(live));
    ASSERT_TRUE(wait_until([&] {
      const PublishCounters counters = publisher.counters();
      return counters.lists_written == 1 && counters.popular_written == 1 && counters.live_written == 1;
    }));
    const auto documents = [&] {
      return run({"GET", "sluice:user:u1"}) + run({"GET", "sluice:popular"}) + run({"GET", "sluice:live:3"});
    };
    const std::string full = documents();
    for (const int user : {1, 2}) {
      List empty = list_of(user, 8);
      empty.items.clear();
      ASSERT_TRUE(publisher.submit(std::move(empty)));
    }
    publisher.set_popular(List());
    live.items.clear();
    publisher.set_live(LiveList(live));
    EXPECT_TRUE(wait_until([&] { return publisher.counters().lists_kept == 3; }));
    EXPECT_EQ(documents(), full);
    EXPECT_TRUE(wait_until([&] { return publisher.counters().lists_written == 2; }));
    EXPECT_EQ(offsets_of(3)[2], 8) << "where there is none it is written";
    EXPECT_TRUE(publisher.stop(10s));
    run({"FLUSHALL"});
  }
}

TEST_F(Publisher, what_is_shown_is_known_before_each_list_and_never_goes_back) {
  const TopicPartition partition{"events", PartitionId{4}};
  {
    ListPublisher publisher(redis_, publish_, {});
    publisher.assigned(partition, Offset{1000});
    const auto position = publisher.shown().of(partition);
    ASSERT_TRUE(wait_until([&] { return position->allows(Offset{0}); })) << "nothing is shown yet";
    position->claim(Offset{40});
    EXPECT_EQ(run({"EXISTS", "sluice:shown"}), "0") << "there is no list yet";
    ASSERT_TRUE(publisher.submit(list_of(1)));
    ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written == 1; }));
    EXPECT_EQ(run({"HGET", "sluice:shown", "events/4"}), "40");
    position->claim(Offset{50});
    publisher.set_popular(test::sample_list(""));
    ASSERT_TRUE(wait_until([&] { return publisher.counters().popular_written == 1; }));
    EXPECT_EQ(run({"HGET", "sluice:shown", "events/4"}), "50");
    ASSERT_TRUE(wait_until([&] { return number({"PTTL", "sluice:shown"}) > 0; }));
    EXPECT_GT(number({"PTTL", "sluice:shown"}), number({"PTTL", "sluice:user:u1"}));
  }
  ListPublisher next(redis_, publish_, {});
  next.assigned(partition, Offset{1000});
  const auto position = next.shown().of(partition);
  ASSERT_TRUE(wait_until([&] { return position->allows(Offset{50}); }));
  EXPECT_FALSE(position->allows(Offset{49}));
  run({"FLUSHALL"});
  EXPECT_TRUE(wait_until([&] { return position->allows(Offset{0}); })) << "nothing is shown any more";
}

TEST_F(Publisher, foreign_bytes_in_the_place_of_the_positions_are_removed) {
  run({"SET", "sluice:shown", "x"});
  ListPublisher publisher(redis_, publish_, {});
  publisher.shown().of({"events", PartitionId{0}})->claim(Offset{9});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written == 1; }));
  EXPECT_EQ(run({"HGET", "sluice:shown", "events/0"}), "9");
}

TEST_F(Publisher, ttl_that_is_no_whole_second_is_given_in_milliseconds) {
  publish_.ttl = 61'500ms;
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  ASSERT_TRUE(publisher.stop(10s));
  EXPECT_GT(number({"PTTL", "sluice:user:u1"}), 61'000 - 20'000);
  EXPECT_LE(number({"PTTL", "sluice:user:u1"}), 61'500);
}

TEST_F(Publisher, popular_list_is_renewed_before_it_expires) {
  publish_.popular_ttl = 1500ms;
  ListPublisher publisher(redis_, publish_, {});
  publisher.set_popular(test::sample_list(""));
  ASSERT_TRUE(wait_until([&] { return publisher.counters().popular_written >= 1; }));
  ASSERT_TRUE(wait_until([&] {
    EXPECT_EQ(run({"EXISTS", "sluice:popular"}), "1");
    return publisher.counters().popular_written >= 5;
  }));
}

// Nothing else happens: no list changes, no item is hidden, and nothing is due for its age.
TEST_F(Publisher, what_must_always_be_there_comes_back_within_a_moment_of_its_deletion) {
  ListPublisher publisher(redis_, publish_, {});
  publisher.set_popular(test::sample_list(""));
  publisher.set_live({.context = 3, .items = {{"i", 1.0F}}});
  publisher.set_hidden("bad", true);
  ASSERT_TRUE(wait_until([&] {
    return number({"EXISTS", "sluice:popular", "sluice:live:3", "sluice:hidden"}) == 3;
  }));
  for (const char* key : {"sluice:popular", "sluice:live:3", "sluice:hidden"}) {
    ASSERT_EQ(number({"DEL", key}), 1);
    EXPECT_TRUE(wait_until([&] { return number({"PTTL", key}) > 0; }, 5s)) << key;
  }
  EXPECT_EQ(number({"SISMEMBER", "sluice:hidden", "bad"}), 1);
  EXPECT_EQ(publisher.counters().data_losses, 0U);
}

TEST_F(Publisher, newest_list_of_a_user_is_the_one_that_stays) {
  ListPublisher publisher(redis_, publish_, {});
  for (int offset = 1; offset <= 2000; ++offset) {
    for (int user = 0; user < 3; ++user) ASSERT_TRUE(publisher.submit(list_of(user, offset)));
  }
  ASSERT_TRUE(publisher.stop(20s));
  EXPECT_THAT(offsets_of(3), Each(2000));
  const PublishCounters counters = publisher.counters();
  EXPECT_EQ(counters.lists_written + counters.lists_replaced, 6000U);
}

TEST_F(Publisher, erased_user_is_gone_although_a_list_was_waiting) {
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  publisher.erase_user("u1");
  ASSERT_TRUE(publisher.submit(list_of(2)));
  publisher.erase_user("u3");
  ASSERT_TRUE(publisher.submit(list_of(3)));
  ASSERT_TRUE(publisher.stop(10s));
  EXPECT_EQ(run({"EXISTS", "sluice:user:u1"}), "0");
  EXPECT_EQ(run({"EXISTS", "sluice:user:u2"}), "1");
  EXPECT_EQ(run({"EXISTS", "sluice:user:u3"}), "1");
  EXPECT_GE(publisher.counters().users_erased, 1U);
}

TEST_F(Publisher, hidden_items_come_and_go) {
  ListPublisher publisher(redis_, publish_, {});
  publisher.set_hidden("x", true);
  publisher.set_hidden("y", true);
  ASSERT_TRUE(wait_until([&] { return number({"SCARD", "sluice:hidden"}) == 2; }));
  publisher.set_hidden("x", false);
  ASSERT_TRUE(wait_until([&] { return number({"SISMEMBER", "sluice:hidden", "x"}) == 0; }));
  EXPECT_EQ(number({"SISMEMBER", "sluice:hidden", "y"}), 1);
}

TEST_F(Publisher, item_shown_again_is_not_hidden_by_an_older_set_that_redis_was_restored_with) {
  ListPublisher publisher(redis_, publish_, {});
  publisher.set_hidden("x", true);
  publisher.set_hidden("y", true);
  ASSERT_TRUE(wait_until([&] { return number({"SCARD", "sluice:hidden"}) == 2; }));
  publisher.set_hidden("x", false);
  ASSERT_TRUE(wait_until([&] { return number({"SCARD", "sluice:hidden"}) == 1; }));
  ASSERT_EQ(run({"SADD", "sluice:hidden", "x"}), "1");
  ASSERT_EQ(run({"DEL", "sluice:canary"}), "1");
  EXPECT_TRUE(wait_until([&] { return number({"SISMEMBER", "sluice:hidden", "x"}) == 0; }));
  EXPECT_EQ(number({"SISMEMBER", "sluice:hidden", "y"}), 1);
}

TEST_F(Publisher, compact_form_is_written_where_asked_for) {
  publish_.format = "compact";
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  ASSERT_TRUE(publisher.stop(10s));
  const std::string document = run({"GET", "sluice:user:u1"});
  ASSERT_TRUE(parse_list_compact(document).ok());
  EXPECT_EQ(offsets_of(2)[1], 1);
}

TEST_F(Publisher, user_id_with_any_bytes_is_a_key_of_its_own) {
  ListPublisher publisher(redis_, publish_, {});
  List list = test::sample_list(std::string("a\r\n$3\0b *", 9));
  ASSERT_TRUE(publisher.submit(std::move(list)));
  ASSERT_TRUE(publisher.stop(10s));
  EXPECT_EQ(run({"EXISTS", std::string("sluice:user:") + std::string("a\r\n$3\0b *", 9)}), "1");
}

TEST_F(Publisher, unix_socket_user_password_and_database_work_together) {
  process_.reset();
  start_redis({"--unixsocket", "redis.sock"});  // relative to its own folder
  ASSERT_EQ(run({"ACL", "SETUSER", "writer", "on", ">hush", "~sluice:*", "+@all"}), "OK");
  redis_.url = "unix://" + (process_->folder() / "redis.sock").string() + "?db=5";
  redis_.username = "writer";
  redis_.password = "hush";
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(list_of(1)));
  EXPECT_TRUE(publisher.stop(10s)) << publisher.counters().last_error;
  redis_.url = "redis://127.0.0.1:" + std::to_string(port_) + "/5";
  auto reader = Reader::connect(redis_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader.value().lookup("u1").value().source, Lookup::Source::user);
}

// Looks for u0 .. u<n-1>, whose rows are their numbers, and keeps who is told to have no list.
class ListLookTest : public Publisher {
 protected:
  ListLookTest() {
    callbacks_.on_missing = [this](const ListLook& look) {
      const std::lock_guard lock(mutex_);
      for (const ListLook::User& user : look.users) {
        EXPECT_EQ(user.id, "u" + std::to_string(user.row));
        EXPECT_EQ(look.partition, PartitionId{7});
        missing_.insert(user.row);
      }
    };
  }
  static void look_for(ListPublisher& publisher, std::uint32_t users) {
    constexpr std::uint32_t kAtOnce = ListLook::kMostUsers;
    for (std::uint32_t first = 0; first < users; first += kAtOnce) {
      ListLook look{PartitionId{7}, {}};
      for (std::uint32_t k = first; k < std::min(users, first + kAtOnce); ++k) {
        look.users.push_back({"u" + std::to_string(k), k});
      }
      ASSERT_TRUE(wait_until([&] { return publisher.look_for(ListLook(look)); }));
    }
  }
  [[nodiscard]] std::set<std::uint32_t> missing() {
    const std::lock_guard lock(mutex_);
    return missing_;
  }

  ListPublisher::Callbacks callbacks_;
  std::mutex mutex_;
  std::set<std::uint32_t> missing_;
};

TEST_F(ListLookTest, tells_exactly_who_has_no_list) {
  constexpr int kListed = 1000;
  constexpr std::uint32_t kUsers = 1200;
  ListPublisher publisher(redis_, publish_, callbacks_);
  for (int i = 0; i < kListed; ++i) ASSERT_TRUE(publisher.submit(list_of(i)));
  ASSERT_TRUE(wait_until([&] { return publisher.counters().pending == 0; }));
  std::set<std::uint32_t> expected;
  for (const std::uint32_t user : {3U, 128U, 129U, 190U, 999U}) {
    ASSERT_EQ(number({"DEL", "sluice:user:u" + std::to_string(user)}), 1);
    expected.insert(user);
  }
  for (std::uint32_t user = kListed; user < kUsers; ++user) expected.insert(user);
  look_for(publisher, kUsers);
  EXPECT_TRUE(wait_until([&] { return missing() == expected; })) << missing().size();
}

TEST_F(ListLookTest, waits_for_a_redis_that_is_away) {
  kill_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  look_for(publisher, 100);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_retry >= 1; }));
  start_redis();
  EXPECT_TRUE(wait_until([&] { return missing().size() == 100; }));
}

TEST_F(ListLookTest, without_the_right_to_look_everybody_is_missing) {
  ASSERT_EQ(run({"ACL", "SETUSER", "writer", "on", ">pw", "~sluice:*", "+@all", "-exists"}), "OK");
  redis_.username = "writer";
  redis_.password = "pw";
  ListPublisher publisher(redis_, publish_, callbacks_);
  ASSERT_TRUE(publisher.submit(list_of(1)));
  look_for(publisher, 100);
  EXPECT_TRUE(wait_until([&] { return missing().size() == 100; }));
  EXPECT_EQ(publisher.counters().errors_operator, 0U);
}

TEST_F(Publisher, empty_redis_at_the_first_connection_asks_for_everything_but_is_no_loss) {
  std::atomic<int> calls = 0;
  ListPublisher::Callbacks callbacks;
  callbacks.on_data_loss = [&] { ++calls; };
  {
    ListPublisher publisher(redis_, publish_, callbacks);
    ASSERT_TRUE(wait_until([&] { return calls == 1; }));
    EXPECT_EQ(publisher.counters().data_losses, 0U);
  }
  ListPublisher next(redis_, publish_, callbacks);
  ASSERT_TRUE(next.submit(list_of(1)));
  EXPECT_TRUE(next.stop(10s));
  EXPECT_EQ(calls, 1) << "the lists of the run before are still there";
}

}  // namespace
}  // namespace sluice::sink

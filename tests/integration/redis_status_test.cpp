#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>

#include "sink/reader.h"
#include "sink/status_publisher.h"
#include "support/redis_fixture.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using ::testing::ElementsAre;
using ::testing::Pair;

class Status : public test::RedisTest {
 protected:
  void SetUp() override { start_redis(); }
  std::map<std::string, StatusFields> statuses() {
    auto reader = Reader::connect(redis_);
    EXPECT_TRUE(reader.ok());
    auto read = reader.value().statuses();
    EXPECT_TRUE(read.ok()) << read.error().text;
    return read.value();
  }
};

TEST_F(Status, fields_replace_the_whole_hash_and_carry_a_ttl) {
  StatusPublisher publisher(redis_, publish_, "a");
  publisher.set({{"users", "1"}, {"gone", "x"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().written == 1; }));
  publisher.set({{"users", "2"}, {"applied.events.0", "17"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().written == 2; }));
  EXPECT_THAT(statuses(), ElementsAre(Pair("a", StatusFields{{"applied.events.0", "17"}, {"users", "2"}})));
  EXPECT_GT(number({"PTTL", "sluice:status:a"}), 0);
  EXPECT_LE(number({"PTTL", "sluice:status:a"}), 5000);
  EXPECT_GT(number({"PTTL", "sluice:instances"}), 0);
}

TEST_F(Status, instances_stand_side_by_side_and_one_says_goodbye) {
  StatusPublisher a(redis_, publish_, "a");
  StatusPublisher b(redis_, publish_, "b");
  a.set({{"users", "1"}});
  b.set({{"users", "2"}});
  ASSERT_TRUE(wait_until([&] { return statuses().size() == 2; }));
  a.stop(5s, true);
  EXPECT_THAT(statuses(), ElementsAre(Pair("b", StatusFields{{"users", "2"}})));
}

TEST_F(Status, fields_given_just_before_stop_are_still_written) {
  StatusPublisher publisher(redis_, publish_, "a");
  publisher.set({{"users", "7"}});
  publisher.stop(5s, false);
  EXPECT_THAT(statuses(), ElementsAre(Pair("a", StatusFields{{"users", "7"}})));
}

TEST_F(Status, instance_whose_hash_expired_is_listed_without_fields) {
  run({"SADD", "sluice:instances", "dead"});
  EXPECT_THAT(statuses(), ElementsAre(Pair("dead", StatusFields{})));
}

TEST_F(Status, newest_fields_appear_when_redis_returns) {
  StatusPublisher publisher(redis_, publish_, "a");
  publisher.set({{"users", "1"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().written == 1; }));
  kill_redis();
  publisher.set({{"users", "2"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().failures >= 1; }));
  publisher.set({{"users", "3"}});
  start_redis();
  ASSERT_TRUE(wait_until([&] {
    const auto found = statuses();
    return found.contains("a") && found.at("a") == StatusFields{{"users", "3"}};
  }));
}

TEST_F(Status, keys_of_another_type_are_replaced) {
  run({"SET", "sluice:instances", "x"});
  run({"SET", "sluice:status:a", "x"});
  StatusPublisher publisher(redis_, publish_, "a");
  publisher.set({{"users", "1"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().written == 1; }));
  EXPECT_EQ(statuses().size(), 1U);
}

TEST_F(Status, stop_is_bounded_while_redis_hangs) {
  redis_.command_timeout = 60s;
  StatusPublisher publisher(redis_, publish_, "a");
  publisher.set({{"users", "1"}});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().written == 1; }));
  process_->send_signal(SIGSTOP);
  publisher.set({{"users", "2"}});
  const auto begun = std::chrono::steady_clock::now();
  publisher.stop(200ms, true);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  process_->send_signal(SIGCONT);
}

class Lookups : public Status {};

TEST_F(Lookups, unknown_user_gets_the_popular_list_and_is_told_so) {
  {
    ListPublisher publisher(redis_, publish_, {});
    publisher.set_popular(test::sample_list(""));
    ASSERT_TRUE(publisher.submit(test::sample_list("known")));
    ASSERT_TRUE(wait_until([&] { return publisher.counters().popular_written >= 1; }));
    ASSERT_TRUE(publisher.stop(5s));
  }
  auto reader = Reader::connect(redis_);
  ASSERT_TRUE(reader.ok());
  const auto known = reader.value().lookup("known");
  EXPECT_EQ(known.value().source, Lookup::Source::user);
  EXPECT_EQ(known.value().list.user, "known");
  EXPECT_GT(known.value().expires_in.value(), 1h);
  EXPECT_EQ(reader.value().lookup("stranger").value().source, Lookup::Source::popular);
  EXPECT_EQ(reader.value().popular().value().list.items.size(), 2U);
}

TEST_F(Lookups, nothing_published_is_no_error) {
  auto reader = Reader::connect(redis_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader.value().lookup("u").value().source, Lookup::Source::none);
}

TEST_F(Lookups, hidden_items_are_left_out_and_counted) {
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(publisher.submit(test::sample_list("u")));
  ASSERT_TRUE(publisher.stop(5s));
  run({"SADD", "sluice:hidden", "i"});
  auto reader = Reader::connect(redis_);
  const auto found = reader.value().lookup("u");
  ASSERT_TRUE(found.ok()) << found.error().text;
  ASSERT_EQ(found.value().list.items.size(), 1U);
  EXPECT_EQ(found.value().list.items[0].item, "j");
  EXPECT_EQ(found.value().hidden, 1U);
}

TEST_F(Lookups, foreign_document_is_an_error_with_the_reason) {
  run({"SET", "sluice:user:u", "{\"v\":2}"});
  auto reader = Reader::connect(redis_);
  const auto found = reader.value().lookup("u");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, RedisErrorKind::ours);
  EXPECT_NE(found.error().text.find("v is 2"), std::string::npos);
}

// The rights that docs/redis.md names.
TEST_F(Lookups, documented_acl_users_are_enough_for_writing_and_for_reading) {
  ASSERT_EQ(run({"ACL",    "SETUSER", "sluice",   "on",      ">pw",     "~sluice:*",      "+set",
                 "+get",   "+del",    "+pexpire", "+sadd",   "+srem",   "+hset",          "+hgetall",
                 "+multi", "+exec",   "+info",    "+select", "+exists", "+function|load", "+fcall"}),
            "OK");
  ASSERT_EQ(run({"ACL", "SETUSER", "reader", "on", ">pw", "%R~sluice:*", "+get", "+pttl", "+smismember",
                 "+smembers", "+hgetall", "+select", "+fcall_ro", "+exists", "+sismember", "+time"}),
            "OK");
  config::RedisOptions writer = redis_;
  writer.username = "sluice";
  writer.password = "pw";
  std::atomic<int> missing = -1;
  ListPublisher::Callbacks callbacks;
  callbacks.on_missing = [&](const ListLook& look) {
    if (missing == -1) missing = static_cast<int>(look.users.front().row);
  };
  ListPublisher lists(writer, publish_, callbacks);
  lists.set_popular(test::sample_list(""));
  lists.set_hidden("i", true);
  lists.set_hidden("k", false);
  lists.shown().of({"events", PartitionId{0}})->claim(Offset{1});
  ASSERT_TRUE(lists.submit(test::sample_list("u")));
  lists.erase_user("gone");
  ASSERT_TRUE(lists.submit(test::sample_list("v")));
  ASSERT_TRUE(wait_until([&] { return lists.counters().lists_written >= 2; })) << lists.counters().last_error;
  const auto items = std::make_shared<const LeaveOutItems>(std::vector<std::string>{"j"}, 1);
  ASSERT_EQ(lists.leave_out({"v", items, {}, 0}), ListPublisher::Answer::taken);
  EXPECT_TRUE(wait_until([&] { return lists.counters().lists_changed == 1; })) << lists.counters().last_error;
  ASSERT_TRUE(wait_until([&] { return lists.counters().popular_written >= 1; }))
      << lists.counters().last_error;
  StatusPublisher status(writer, publish_, "a");
  status.set({{"users", "1"}});
  EXPECT_TRUE(wait_until([&] { return lists.counters().function_loaded; }));
  ASSERT_TRUE(lists.look_for({{}, {{"v", 0}}}));
  ASSERT_TRUE(lists.look_for({{}, {{"never", 7}}}));
  EXPECT_TRUE(wait_until([&] { return missing == 7; })) << "and not 0, who has one";
  EXPECT_TRUE(lists.stop(10s)) << lists.counters().last_error;
  status.stop(10s, false);
  EXPECT_EQ(lists.counters().last_error, "");
  EXPECT_EQ(status.counters().last_error, "");

  config::RedisOptions options = writer;
  options.username = "reader";
  auto reader = Reader::connect(options);
  ASSERT_TRUE(reader.ok()) << reader.error().text;
  const auto found = reader.value().lookup("u");
  ASSERT_TRUE(found.ok()) << found.error().text;
  EXPECT_EQ(found.value().hidden, 1U);
  const auto statuses = reader.value().statuses();
  ASSERT_TRUE(statuses.ok()) << statuses.error().text;
  EXPECT_EQ(statuses.value().size(), 1U);
}

}  // namespace
}  // namespace sluice::sink

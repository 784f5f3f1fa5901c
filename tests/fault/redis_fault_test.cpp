#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sink/list_publisher.h"
#include "sink/redis_functions.h"
#include "support/fake_redis_server.h"
#include "support/redis_fixture.h"

// Every fault of Redis: which counter moves, that no list is lost, and that nothing hangs.
namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using ::testing::Each;

// What the publisher says at first: INFO, the canary's SET NX, GET, PEXPIRE, FUNCTION LOAD, and HGETALL of
// what is shown. It writes no list before that is answered.
constexpr std::size_t kGreeting = 6;
const std::string kGreetingReplies = "$12\r\nrun_id:abc\r\n\r\n+OK\r\n$3\r\nx-1\r\n:1\r\n$1\r\nl\r\n*0\r\n";

// Answers the greeting, then waits for so many commands more.
bool greet(test::FakeRedisServer::Client& client, std::size_t more) {
  if (!client.receive_commands(kGreeting)) return false;
  client.send(kGreetingReplies);
  return client.receive_commands(kGreeting + more);
}

// The names of the whole commands in what was received.
std::vector<std::string> commands_in(std::string_view text) {
  const auto take_number = [&text] {  // of "*2\r\n" or "$3\r\n"
    const std::size_t end = text.find("\r\n");
    if (end == text.npos) return std::size_t{0};
    const auto number =
        static_cast<std::size_t>(std::strtoul(std::string(text.substr(1, end)).c_str(), nullptr, 10));
    text.remove_prefix(end + 2);
    return number;
  };
  std::vector<std::string> names;
  while (!text.empty()) {
    std::string name;
    for (std::size_t left = take_number(); left > 0; --left) {
      const std::size_t size = take_number();
      if (text.size() < size + 2) return names;
      if (name.empty()) name = text.substr(0, size);
      text.remove_prefix(size + 2);
    }
    if (name.empty()) return names;
    names.push_back(name);
  }
  return names;
}

// A server with a canary, some positions and no more. Until the client ends, or `until`.
void serve(test::FakeRedisServer::Client& client, const std::string& run_id, const std::atomic<bool>& until) {
  const std::map<std::string, std::string> replies = {{"INFO", "$12\r\nrun_id:" + run_id + "\r\n\r\n"},
                                                      {"GET", "$3\r\nx-1\r\n"},
                                                      {"PEXPIRE", ":1\r\n"},
                                                      {"HGETALL", "*0\r\n"}};
  std::size_t answered = 0;
  while (!until && client.receive()) {
    const auto names = commands_in(client.received());
    for (; answered < names.size(); ++answered) {
      const auto reply = replies.find(names[answered]);
      client.send(reply == replies.end() ? "+OK\r\n" : reply->second);
    }
  }
  client.close();
}

class RedisFault : public test::RedisTest {
 protected:
  RedisFault() {
    redis_.connect_timeout = 500ms;
    redis_.command_timeout = 500ms;
    callbacks_.on_data_loss = [this] { ++losses_; };
  }
  void submit_all(ListPublisher& publisher, int users, long long offset = 1) {
    for (int i = 0; i < users; ++i) ASSERT_TRUE(publisher.submit(list_of(i, offset)));
  }
  bool all_written(ListPublisher& publisher) {
    return wait_until([&] { return publisher.counters().pending == 0; });
  }

  std::atomic<int> losses_ = 0;
  ListPublisher::Callbacks callbacks_;
};

TEST_F(RedisFault, redis_absent_at_start) {
  start_redis();
  kill_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  publisher.set_popular(test::sample_list(""));
  submit_all(publisher, 500);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_retry >= 2; }));
  EXPECT_FALSE(publisher.counters().connected);
  start_redis();
  ASSERT_TRUE(all_written(publisher));
  EXPECT_THAT(offsets_of(500), Each(1));
  EXPECT_EQ(run({"EXISTS", "sluice:popular"}), "1");
  EXPECT_EQ(publisher.counters().reconnects, 0U);
}

TEST_F(RedisFault, redis_killed_mid_pipeline_and_back_empty) {
  start_redis();
  redis_.pipeline_depth = 16;
  ListPublisher publisher(redis_, publish_, callbacks_);
  publisher.set_popular(test::sample_list(""));
  publisher.set_hidden("bad", true);
  ASSERT_TRUE(wait_until([&] { return losses_ == 1; })) << "the first look at an empty Redis";
  constexpr int kUsers = 20'000;
  submit_all(publisher, kUsers);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written > 100; }));
  kill_redis();
  const std::uint64_t written_before = publisher.counters().lists_written;
  ASSERT_LT(written_before, std::uint64_t{kUsers}) << "the kill must come mid-pipeline";
  start_redis();
  ASSERT_TRUE(all_written(publisher));
  ASSERT_TRUE(wait_until([&] { return publisher.counters().data_losses == 1; }));
  EXPECT_TRUE(wait_until([&] { return losses_ == 2; }));
  EXPECT_EQ(publisher.counters().reconnects, 1U);
  EXPECT_EQ(publisher.counters().lists_written, std::uint64_t{kUsers}) << "each acknowledged once";
  EXPECT_GE(number({"DBSIZE"}), static_cast<long long>(kUsers - written_before));
  ASSERT_TRUE(wait_until([&] { return number({"EXISTS", "sluice:popular", "sluice:hidden"}) == 2; }));
}

TEST_F(RedisFault, flushall_is_noticed_and_popular_and_hidden_come_back) {
  start_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  publisher.set_popular(test::sample_list(""));
  publisher.set_hidden("bad", true);
  ASSERT_TRUE(wait_until([&] { return number({"EXISTS", "sluice:popular", "sluice:hidden"}) == 2; }));
  ASSERT_EQ(run({"FLUSHALL"}), "OK");
  ASSERT_TRUE(wait_until([&] { return publisher.counters().data_losses == 1; }));
  EXPECT_TRUE(wait_until([&] { return losses_ == 2; })) << "one for the empty start, one for the loss";
  ASSERT_TRUE(wait_until([&] { return number({"EXISTS", "sluice:popular", "sluice:hidden"}) == 2; }));
  EXPECT_EQ(publisher.counters().reconnects, 0U);
}

TEST_F(RedisFault, every_publisher_of_a_prefix_learns_of_a_flush) {
  start_redis();
  ListPublisher a(redis_, publish_, callbacks_);
  ListPublisher b(redis_, publish_, callbacks_);
  ASSERT_TRUE(wait_until([&] { return a.counters().connected && b.counters().connected && losses_ >= 1; }));
  submit_all(a, 1);
  submit_all(b, 2);
  ASSERT_TRUE(all_written(a) && all_written(b));
  run({"FLUSHALL"});
  EXPECT_TRUE(wait_until([&] { return a.counters().data_losses == 1 && b.counters().data_losses == 1; }));
}

TEST_F(RedisFault, redis_stopped_by_a_signal_times_out_and_goes_on_afterwards) {
  start_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 10);
  ASSERT_TRUE(all_written(publisher));
  process_->send_signal(SIGSTOP);
  submit_all(publisher, 10, 2);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_retry >= 1; }));
  process_->send_signal(SIGCONT);
  ASSERT_TRUE(all_written(publisher));
  EXPECT_THAT(offsets_of(10), Each(2));
  EXPECT_GE(publisher.counters().reconnects, 1U);
  EXPECT_EQ(publisher.counters().data_losses, 0U);
}

TEST_F(RedisFault, the_state_tells_absence_from_refusal_and_comes_back) {
  using State = RedisLink::State;
  start_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  const auto state = [&] { return publisher.counters().link.state; };
  ASSERT_TRUE(wait_until([&] { return state() == State::connected; }));
  ASSERT_EQ(run({"CONFIG", "SET", "maxmemory", "1"}), "OK");
  ASSERT_TRUE(wait_until([&] { return state() == State::refuses; })) << "the canary is enough";
  EXPECT_EQ(publisher.counters().link.why.text.substr(0, 4), "OOM ");
  ASSERT_EQ(run({"CONFIG", "SET", "maxmemory", "0"}), "OK");
  ASSERT_TRUE(wait_until([&] { return state() == State::connected; }));
  kill_redis();
  ASSERT_TRUE(wait_until([&] { return state() == State::away; }));
  start_redis();
  ASSERT_TRUE(wait_until([&] { return state() == State::connected; }));
}

TEST_F(RedisFault, what_an_operator_got_wrong_is_a_refusal_with_the_reason) {
  using State = RedisLink::State;
  start_redis({"--requirepass", "right"});
  admin_password_ = "right";
  const std::string host = redis_.url.substr(0, redis_.url.rfind('/'));
  const auto why = [&](const std::string& url, const std::string& password) {
    config::RedisOptions options = redis_;
    options.url = url;
    options.password = password;
    ListPublisher publisher(options, publish_, callbacks_);
    EXPECT_TRUE(wait_until([&] { return publisher.counters().link.state == State::refuses; })) << url;
    return publisher.counters().link.why.text;
  };
  EXPECT_THAT(why(host, ""), ::testing::HasSubstr("NOAUTH"));
  EXPECT_THAT(why(host, "wrong"), ::testing::HasSubstr("WRONGPASS"));
  EXPECT_THAT(why(host + "/99", "right"), ::testing::HasSubstr("DB index"));
  EXPECT_THAT(why("redis://me@" + host.substr(8), ""), ::testing::HasSubstr("no password is given"));
  ASSERT_EQ(run({"ACL", "SETUSER", "weak", "on", ">pw", "~*", "+@all", "-set"}), "OK");
  EXPECT_THAT(why("redis://weak:pw@" + host.substr(8), ""), ::testing::HasSubstr("NOPERM"));
  kill_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  EXPECT_TRUE(wait_until([&] { return publisher.counters().link.state == State::away; }));
  EXPECT_THAT(publisher.counters().link.why.text, ::testing::HasSubstr("Connection refused"));
}

TEST_F(RedisFault, oom_keeps_lists_until_there_is_memory) {
  start_redis({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 50);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_retry >= 10; }));
  EXPECT_EQ(publisher.counters().lists_written, 0U);
  EXPECT_EQ(publisher.counters().pending, 50U);
  EXPECT_NE(publisher.counters().last_error.find("OOM"), std::string::npos);
  EXPECT_TRUE(publisher.counters().connected) << "no reason to reconnect";
  run({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(all_written(publisher));
  EXPECT_THAT(offsets_of(50), Each(1));
  EXPECT_EQ(publisher.counters().errors_ours, 0U);
}

TEST_F(RedisFault, readonly_replica_keeps_lists_until_it_is_primary) {
  start_redis();
  ASSERT_EQ(run({"REPLICAOF", "127.0.0.1", "1"}), "OK");
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 20);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_retry >= 2; }));
  EXPECT_NE(publisher.counters().last_error.find("READONLY"), std::string::npos);
  EXPECT_EQ(publisher.counters().pending, 20U);
  ASSERT_EQ(run({"REPLICAOF", "NO", "ONE"}), "OK");
  ASSERT_TRUE(all_written(publisher));
  EXPECT_THAT(offsets_of(20), Each(1));
}

TEST_F(RedisFault, failover_is_followed_by_a_new_connection_to_whoever_answers_there_now) {
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int n) {
    if (!greet(client, 3)) return;
    const std::string demoted = "-READONLY You can't write against a read only replica.\r\n";
    client.send(n == 0 ? demoted + demoted + demoted : "+OK\r\n+OK\r\n+OK\r\n");
    client.wait_for_end();
  });
  redis_.url = server.url();
  redis_.command_timeout = 30s;
  ListPublisher publisher(redis_, publish_, {});
  submit_all(publisher, 3);
  ASSERT_TRUE(all_written(publisher));
  EXPECT_EQ(publisher.counters().reconnects, 1U);
  EXPECT_EQ(publisher.counters().lists_written, 3U);
  publisher.stop(0ms);
}

TEST_F(RedisFault, password_missing_is_for_the_operator) {
  start_redis({"--requirepass", "hush"});
  admin_password_ = "hush";
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 20);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_operator >= 2; }));
  EXPECT_NE(publisher.counters().last_error.find("NOAUTH"), std::string::npos);
  EXPECT_EQ(publisher.counters().pending, 20U);
  run({"CONFIG", "SET", "requirepass", ""});
  ASSERT_TRUE(all_written(publisher));
  EXPECT_EQ(publisher.counters().errors_ours, 0U);
}

TEST_F(RedisFault, wrong_password_is_for_the_operator_and_never_shown) {
  start_redis({"--requirepass", "right"});
  redis_.password = "wrong-and-secret";
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 5);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_operator >= 2; }));
  EXPECT_NE(publisher.counters().last_error.find("WRONGPASS"), std::string::npos);
  EXPECT_EQ(publisher.counters().last_error.find("secret"), std::string::npos);
  EXPECT_EQ(publisher.counters().pending, 5U);
}

TEST_F(RedisFault, rotated_password_file_is_read_by_the_next_connection) {
  start_redis({"--requirepass", "second"});
  redis_.password_file = (process_->folder() / "password").string();
  const auto write_password = [&](const char* text) {
    std::FILE* file = std::fopen(redis_.password_file.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text, file);
    std::fclose(file);
  };
  write_password("first\n");
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 5);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_operator >= 1; }));
  write_password("second\n");
  EXPECT_TRUE(all_written(publisher));
}

TEST_F(RedisFault, missing_permission_is_for_the_operator) {
  start_redis();
  ASSERT_EQ(run({"ACL", "SETUSER", "writer", "on", ">pw", "~sluice:*", "+@all", "-set", "-info"}), "OK");
  redis_.username = "writer";
  redis_.password = "pw";
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 20);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().errors_operator >= 2; }));
  EXPECT_NE(publisher.counters().last_error.find("NOPERM"), std::string::npos);
  EXPECT_EQ(publisher.counters().pending, 20U);
  ASSERT_EQ(run({"ACL", "SETUSER", "writer", "+set"}), "OK");
  ASSERT_TRUE(all_written(publisher)) << "the right to INFO is not needed";
  EXPECT_EQ(publisher.counters().errors_ours, 0U);
}

TEST_F(RedisFault, keys_of_another_type_are_replaced) {
  start_redis();
  run({"LPUSH", "sluice:user:u0", "x"});
  run({"LPUSH", "sluice:hidden", "x"});
  run({"LPUSH", "sluice:popular", "x"});
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 1);
  publisher.set_popular(test::sample_list(""));
  publisher.set_hidden("bad", true);
  ASSERT_TRUE(wait_until([&] { return run({"TYPE", "sluice:hidden"}) == "set"; }));
  ASSERT_TRUE(wait_until([&] { return run({"TYPE", "sluice:popular"}) == "string"; }));
  ASSERT_TRUE(all_written(publisher));
  EXPECT_EQ(run({"TYPE", "sluice:user:u0"}), "string");
  EXPECT_GE(publisher.counters().errors_ours, 1U) << "WRONGTYPE from the set";
  EXPECT_TRUE(publisher.stop(5s));
}

TEST_F(RedisFault, stop_is_bounded_while_redis_is_away) {
  start_redis();
  process_->send_signal(SIGSTOP);
  redis_.command_timeout = 60s;
  redis_.connect_timeout = 60s;
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 10);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(publisher.stop(300ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_EQ(publisher.counters().pending, 10U);
  EXPECT_FALSE(publisher.submit(list_of(1))) << "nothing is accepted after stop";
  process_->send_signal(SIGCONT);
}

TEST_F(RedisFault, pending_lists_are_bounded_while_redis_is_away) {
  start_redis();
  kill_redis();
  publish_.max_pending_lists = 100;
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 100);
  EXPECT_FALSE(publisher.submit(list_of(100)));
  EXPECT_TRUE(publisher.submit(list_of(5, 2))) << "a newer list takes the place of an older one";
  EXPECT_EQ(publisher.counters().pending, 100U);
  EXPECT_EQ(publisher.counters().lists_replaced, 1U);
}

TEST_F(RedisFault, reply_cut_after_any_number_of_bytes_gives_each_list_back_but_those_acknowledged) {
  const std::string replies = kGreetingReplies + "+OK\r\n+OK\r\n+OK\r\n";
  for (std::size_t cut = 0; cut <= replies.size(); ++cut) {
    SCOPED_TRACE("cut after " + std::to_string(cut));
    test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int n) {
      if (n > 0) {
        if (greet(client, 0)) client.wait_for_end();
      } else if (cut < kGreetingReplies.size()) {
        if (client.receive_commands(kGreeting)) client.send(replies.substr(0, cut));
      } else if (greet(client, 3)) {
        client.send(replies.substr(kGreetingReplies.size(), cut - kGreetingReplies.size()));
      }
    });
    config::RedisOptions redis = redis_;
    redis.url = server.url();
    redis.command_timeout = 30s;
    ListPublisher publisher(redis, publish_, {});
    submit_all(publisher, 3);
    ASSERT_TRUE(wait_until([&] { return publisher.counters().reconnects == 1; }));
    const std::size_t after_greeting = cut > kGreetingReplies.size() ? cut - kGreetingReplies.size() : 0;
    const std::size_t acknowledged = after_greeting / 5;
    EXPECT_EQ(publisher.counters().lists_written, acknowledged);
    EXPECT_EQ(publisher.counters().pending, 3 - acknowledged);
    EXPECT_EQ(publisher.counters().errors_retry, 1U);
    publisher.stop(0ms);
  }
}

TEST_F(RedisFault, late_reply_never_answers_a_later_command) {
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int n) {
    if (!greet(client, 1)) return;
    if (n == 0) {
      client.wait_for_end();  // says nothing until the client has given up
      client.send("+OK\r\n");
    } else {
      client.send("-OOM on the second connection\r\n");
      client.wait_for_end();
    }
  });
  redis_.url = server.url();
  ListPublisher publisher(redis_, publish_, {});
  submit_all(publisher, 1);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().last_error.find("OOM") != std::string::npos; }));
  EXPECT_EQ(publisher.counters().lists_written, 0U);
  EXPECT_EQ(publisher.counters().pending, 1U);
}

TEST_F(RedisFault, each_reply_is_matched_to_its_own_list) {
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int) {
    if (!greet(client, 4)) return;
    client.send("+OK\r\n-ERR not this one\r\n-OOM later\r\n+OK\r\n");
    client.wait_for_end();
  });
  redis_.url = server.url();
  redis_.command_timeout = 30s;
  std::vector<std::string> written;
  std::mutex mutex;
  callbacks_.on_written = [&](const List& list, auto) {
    const std::lock_guard lock(mutex);
    written.push_back(list.user);
  };
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 4);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written == 2; }));
  EXPECT_EQ(publisher.counters().errors_ours, 1U);
  EXPECT_EQ(publisher.counters().errors_retry, 1U);
  EXPECT_EQ(publisher.counters().pending, 1U) << "u2 waits for its next try, u1 is dropped";
  publisher.stop(0ms);
  EXPECT_THAT(written, ::testing::ElementsAre("u0", "u3"));
}

TEST_F(RedisFault, garbage_instead_of_a_reply_ends_the_connection) {
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int) {
    if (!client.receive_commands(kGreeting)) return;
    client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    client.wait_for_end();
  });
  redis_.url = server.url();
  ListPublisher publisher(redis_, publish_, {});
  submit_all(publisher, 1);
  ASSERT_TRUE(wait_until([&] { return publisher.counters().reconnects >= 2; }));
  EXPECT_EQ(publisher.counters().pending, 1U);
}

TEST_F(RedisFault, reply_to_no_command_ends_the_connection) {
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int) {
    if (!client.receive_commands(kGreeting)) return;
    client.send(kGreetingReplies + "+OK\r\n+OK\r\n+OK\r\n");
    client.wait_for_end();
  });
  redis_.url = server.url();
  ListPublisher publisher(redis_, publish_, {});
  ASSERT_TRUE(wait_until([&] { return publisher.counters().reconnects >= 1; }));
  EXPECT_EQ(publisher.counters().lists_written, 0U);
}

TEST_F(RedisFault, a_proxy_that_closes_on_function_does_not_stop_lists_and_is_asked_ever_less_often) {
  std::mutex mutex;
  std::vector<std::chrono::steady_clock::time_point> closed;
  const auto times_closed = [&] {
    const std::lock_guard lock(mutex);
    return closed.size();
  };
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int) {
    std::size_t commands = 0;
    while (client.receive()) {
      if (client.received().find("FUNCTION") != std::string::npos) {
        const std::lock_guard lock(mutex);
        closed.push_back(std::chrono::steady_clock::now());
        return client.close();
      }
      while (client.has_commands(commands + 1)) {
        client.send("+OK\r\n");
        ++commands;
      }
    }
  });
  redis_.url = server.url();
  {
    ListPublisher publisher(redis_, publish_, callbacks_);
    submit_all(publisher, 100);
    EXPECT_TRUE(all_written(publisher));
    EXPECT_TRUE(wait_until([&] { return times_closed() >= 4; }));
    submit_all(publisher, 100, 2);
    EXPECT_TRUE(all_written(publisher));
    EXPECT_FALSE(publisher.counters().function_loaded);
  }
  ASSERT_GE(closed.size(), 4U);
  EXPECT_GE(closed[2] - closed[1], 500ms);
  EXPECT_GE(closed[3] - closed[2], 1s);
}

// The canary that it was restored with is the one from before, so only the run id tells.
TEST_F(RedisFault, a_restored_redis_is_noticed_though_connections_ended_before_they_told_who_answers) {
  std::atomic<bool> cut = false;
  const std::atomic<bool> never = false;
  test::FakeRedisServer server([&](test::FakeRedisServer::Client& client, int connection) {
    if (connection == 0) return serve(client, "abc", cut);
    if (connection <= 2) {
      static_cast<void>(client.receive());
      return client.close();
    }
    serve(client, "def", never);
  });
  redis_.url = server.url();
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 1);
  ASSERT_TRUE(all_written(publisher));
  const int before = losses_;
  cut = true;
  EXPECT_TRUE(wait_until([&] { return losses_ > before; })) << "what it was restored from may be old";
}

TEST_F(RedisFault, functions_that_were_flushed_are_loaded_again) {
  start_redis();
  ListPublisher publisher(redis_, publish_, callbacks_);
  submit_all(publisher, 1);
  ASSERT_TRUE(all_written(publisher));
  const auto top = [&] { return run({"FCALL_RO", "sluice_top", "1", "sluice:user:u0", "1"}); };
  const auto there = [&] { return top().find("not found") == std::string::npos; };
  ASSERT_TRUE(wait_until(there));
  run({"FUNCTION", "FLUSH"});
  ASSERT_FALSE(there());
  EXPECT_TRUE(wait_until(there)) << top();
  EXPECT_TRUE(wait_until([&] { return publisher.counters().function_loaded; }));
  EXPECT_EQ(publisher.counters().reconnects, 0U);
  EXPECT_EQ(publisher.counters().last_error, "");
}

TEST_F(RedisFault, prefixes_that_differ_in_other_than_letters_and_digits_have_functions_of_their_own) {
  start_redis();
  const auto publish = [&](const std::string& prefix) {
    config::RedisOptions redis = redis_;
    redis.prefix = prefix;
    ListPublisher publisher(redis, publish_, callbacks_);
    List list = test::sample_list("");
    list.items.front().item = "of " + prefix;
    publisher.set_popular(std::move(list));
    EXPECT_TRUE(wait_until(
        [&] { return publisher.counters().popular_written >= 1 && publisher.counters().function_loaded; }));
  };
  for (const char* prefix : {"rec-a", "rec_a", "rec.a"}) publish(prefix);
  for (const std::string prefix : {"rec-a", "rec_a", "rec.a"}) {
    auto connection = RedisConnection::connect(admin_options());
    ASSERT_TRUE(connection.ok());
    const auto top =
        connection.value()->run({"FCALL_RO", top_function_name(prefix), "1", prefix + ":user:nobody", "1"});
    ASSERT_TRUE(top.ok()) << top.error().text;
    ASSERT_EQ(top.value().view().size(), 2U) << top.value().view().text();
    EXPECT_EQ(top.value().view().at(0).text(), "of " + prefix);
  }
  EXPECT_EQ(top_function_name("rec_a"), "rec_a_top");
  EXPECT_EQ(top_function_name("rec-a"), "rec_a_37c55277_top");
}

}  // namespace
}  // namespace sluice::sink

#include "sink/redis_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <semaphore>
#include <string>
#include <vector>

#include "sink/redis_command.h"
#include "support/fake_redis_server.h"
#include "support/redis_fixture.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::FakeRedisServer;
using ::testing::ElementsAre;

std::string shown(RedisReplyView reply) {
  switch (reply.type()) {
    case RedisReplyView::Type::nil:
      return "nil";
    case RedisReplyView::Type::integer:
      return std::to_string(reply.integer());
    case RedisReplyView::Type::array:
      return "array of " + std::to_string(reply.size());
    case RedisReplyView::Type::string:
      return "string " + std::string(reply.text());
    default:
      return std::string(reply.text());
  }
}

TEST(RedisConnection, replies_split_at_any_byte_are_the_same_replies) {
  const std::string stream = "+OK\r\n$5\r\n+OK\r\n\r\n-ERR x\r\n:7\r\n*2\r\n+OK\r\n$-1\r\n$-1\r\n+OK\r\n";
  for (std::size_t split = 1; split < stream.size(); ++split) {
    SCOPED_TRACE("split after " + std::to_string(split));
    std::binary_semaphore first_part_is_there{0};
    FakeRedisServer server([&](FakeRedisServer::Client& client, int) {
      client.send(stream.substr(0, split));
      first_part_is_there.acquire();
      client.send(stream.substr(split));
      client.wait_for_end();
    });
    config::RedisOptions options;
    options.url = server.url();
    auto connection = RedisConnection::connect(options);
    ASSERT_TRUE(connection.ok()) << connection.error().text;
    std::vector<std::string> replies;
    for (bool told = false; replies.size() < 7; told = true) {
      ASSERT_FALSE(connection.value()->pump(5s));
      while (const auto reply = connection.value()->next_reply()) replies.push_back(shown(reply->view()));
      if (!told) first_part_is_there.release();
    }
    EXPECT_THAT(replies, ElementsAre("OK", "string +OK\r\n", "ERR x", "7", "array of 2", "nil", "OK"));
  }
}

TEST(RedisConnection, refused_connection_names_the_address_and_never_the_password) {
  auto redis = RedisProcess::start();
  ASSERT_TRUE(redis.ok()) << redis.error();
  const std::string address = "127.0.0.1:" + std::to_string(redis.value()->port());
  redis.value()->kill();
  config::RedisOptions options;
  options.url = "redis://user:hush@" + address;
  const auto connection = RedisConnection::connect(options);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().kind, RedisErrorKind::connection);
  EXPECT_NE(connection.error().text.find(address), std::string::npos);
  EXPECT_EQ(connection.error().text.find("hush"), std::string::npos);
}

TEST(RedisConnection, name_that_cannot_be_resolved_is_a_connection_failure) {
  config::RedisOptions options;
  options.url = "redis://" + std::string(300, 'x');  // too long for any name server to be asked
  options.connect_timeout = 1s;
  const auto begun = std::chrono::steady_clock::now();
  const auto connection = RedisConnection::connect(options);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().kind, RedisErrorKind::connection);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(RedisConnection, dead_connection_stays_dead) {
  FakeRedisServer server([](FakeRedisServer::Client& client, int) { client.wait_for_end(); });
  config::RedisOptions options;
  options.url = server.url();
  options.command_timeout = 50ms;
  auto connection = RedisConnection::connect(options);
  ASSERT_TRUE(connection.ok());
  for (int tries = 0; tries < 2; ++tries) {
    const auto reply = connection.value()->run({"PING"});
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind, RedisErrorKind::connection);
  }
}

class Connections : public test::RedisTest {};

TEST_F(Connections, database_that_does_not_exist_is_for_the_operator) {
  start_redis();
  redis_.url = "redis://127.0.0.1:" + std::to_string(port_) + "/99";
  const auto connection = RedisConnection::connect(redis_);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().kind, RedisErrorKind::needs_help);
}

TEST_F(Connections, error_reply_leaves_the_connection_usable) {
  start_redis();
  auto connection = RedisConnection::connect(redis_);
  ASSERT_TRUE(connection.ok());
  const auto wrong = connection.value()->run({"SET", "only-a-key"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().kind, RedisErrorKind::ours);
  EXPECT_TRUE(connection.value()->run({"PING"}).ok());
}

TEST_F(Connections, output_and_replies_larger_than_all_buffers_pass) {
  start_redis();
  auto connection = RedisConnection::connect(redis_);
  ASSERT_TRUE(connection.ok());
  const std::string large(20'000'000, 'x');
  EXPECT_TRUE(connection.value()->run({"SET", "large", large}).ok());
  const auto read = connection.value()->run({"GET", "large"});
  ASSERT_TRUE(read.ok()) << read.error().text;
  EXPECT_EQ(read.value().view().text(), large);
}

}  // namespace
}  // namespace sluice::sink

#include "sink/redis_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "support/redis_fixture.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using test::wait_until;

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

TEST(RedisProcess, answers_when_started_and_is_gone_with_its_folder_at_the_end) {
  auto started = RedisProcess::start();
  ASSERT_TRUE(started.ok()) << started.error();
  const pid_t pid = started.value()->pid();
  const auto folder = started.value()->folder();
  EXPECT_TRUE(is_alive(pid));
  EXPECT_TRUE(std::filesystem::exists(folder));
  started.value().reset();
  EXPECT_FALSE(is_alive(pid));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(RedisProcess, two_at_once_have_ports_of_their_own) {
  auto a = RedisProcess::start();
  auto b = RedisProcess::start();
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(a.value()->port(), b.value()->port());
}

TEST(RedisProcess, missing_program_is_said_with_the_package_to_install) {
  const auto started = RedisProcess::start({.program = "no-such-redis-server"});
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().find("no-such-redis-server"), std::string::npos);
  EXPECT_NE(started.error().find("apt-get install"), std::string::npos);
}

TEST(RedisProcess, bad_argument_is_reported_from_the_servers_own_words) {
  const auto started = RedisProcess::start({.port = 1, .arguments = {"--maxmemory", "lots"}});
  ASSERT_FALSE(started.ok());
}

TEST(RedisProcess, port_that_is_taken_is_an_error) {
  auto first = RedisProcess::start();
  ASSERT_TRUE(first.ok());
  const auto second = RedisProcess::start({.port = first.value()->port()});
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(is_alive(first.value()->pid()));
}

TEST(RedisProcess, released_one_outlives_its_object) {
  auto started = RedisProcess::start({.may_outlive_us = true});
  ASSERT_TRUE(started.ok());
  const pid_t pid = started.value()->pid();
  const auto folder = started.value()->folder();
  started.value()->release();
  started.value().reset();
  EXPECT_TRUE(is_alive(pid));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  std::filesystem::remove_all(folder);
}

TEST(RedisProcess, dies_when_its_parent_is_killed) {
  // What the parent tells of its child: text of fixed size, so that one read gets it whole.
  struct Message {
    pid_t pid = -1;
    std::array<char, 256> folder{};
  };
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto started = RedisProcess::start();
    Message message;
    if (started.ok()) {
      message.pid = started.value()->pid();
      started.value()->folder().string().copy(message.folder.data(), message.folder.size() - 1);
    }
    if (::write(ends[1], &message, sizeof message) != sizeof message) ::_exit(1);
    while (true) ::pause();
  }
  Message redis;
  ASSERT_EQ(::read(ends[0], &redis, sizeof redis), static_cast<ssize_t>(sizeof redis));
  ASSERT_GT(redis.pid, 0);
  EXPECT_TRUE(is_alive(redis.pid));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  const bool died = wait_until([&] { return !is_alive(redis.pid); });
  EXPECT_TRUE(died);
  if (!died) ::kill(redis.pid, SIGKILL);
  std::filesystem::remove_all(redis.folder.data());
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace sluice::sink

#include "sink/redis_error.h"

#include <gtest/gtest.h>

namespace sluice::sink {
namespace {

TEST(RedisError, passing_states_of_redis_are_tried_again) {
  for (const char* reply :
       {"LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "READONLY You can't write against a read only replica.", "MASTERDOWN Link with MASTER is down",
        "NOREPLICAS Not enough good replicas to write.", "ERR max number of clients reached"}) {
    EXPECT_EQ(classify_error_reply(reply), RedisErrorKind::retry) << reply;
  }
}

TEST(RedisError, what_only_an_operator_can_mend_is_told_apart) {
  for (const char* reply :
       {"NOAUTH Authentication required.", "WRONGPASS invalid username-password pair or user is disabled.",
        "NOPERM this user has no permissions to run the 'set' command", "ERR invalid password",
        "ERR AUTH <password> called without any password configured for the default user.",
        "ERR DB index is out of range", "MISCONF Redis is configured to save RDB snapshots",
        "DENIED Redis is running in protected mode", "MOVED 1234 10.0.0.2:6379"}) {
    EXPECT_EQ(classify_error_reply(reply), RedisErrorKind::needs_help) << reply;
  }
}

TEST(RedisError, anything_else_is_ours) {
  for (const char* reply : {"WRONGTYPE Operation against a key holding the wrong kind of value",
                            "ERR syntax error", "ERR unknown command 'SETT'", "", "OOMPH"}) {
    EXPECT_EQ(classify_error_reply(reply), RedisErrorKind::ours) << reply;
  }
}

TEST(RedisError, the_operator_is_told_what_to_do) {
  const auto advice = [](const char* reply) {
    return std::string(advice_on({classify_error_reply(reply), describe_error_reply(reply)}));
  };
  EXPECT_NE(advice("NOAUTH Authentication required.").find("SLUICE_REDIS_PASSWORD"), std::string::npos);
  EXPECT_NE(advice("NOPERM this user has no permissions to run the 'set' command").find("rights"),
            std::string::npos);
  EXPECT_NE(advice("OOM command not allowed when used memory > 'maxmemory'.").find("maxmemory"),
            std::string::npos);
  EXPECT_NE(advice("ERR DB index is out of range").find("databases"), std::string::npos);
  EXPECT_NE(advice("MISCONF Redis is configured to save RDB snapshots").find("disk"), std::string::npos);
  EXPECT_EQ(advice("ERR syntax error"), "");
  EXPECT_NE(advice_on({RedisErrorKind::connection, "closed by Redis"}), "");
}

TEST(RedisError, description_repeats_no_arguments_and_stays_on_one_line) {
  const std::string text =
      describe_error_reply("ERR unknown command 'AUTH', with args beginning with: 'bob' 'hush' ");
  EXPECT_EQ(text, "ERR unknown command 'AUTH'");
  EXPECT_EQ(describe_error_reply("ERR a\nb"), "ERR a b");
  EXPECT_LE(describe_error_reply(std::string(1000, 'x')).size(), 160U);
}

}  // namespace
}  // namespace sluice::sink

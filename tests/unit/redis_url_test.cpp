#include "sink/redis_url.h"

#include <gtest/gtest.h>

namespace sluice::sink {
namespace {

RedisAddress parsed(std::string_view url) {
  const auto address = parse_redis_url(url);
  EXPECT_TRUE(address.ok()) << url;
  return address.ok() ? address.value() : RedisAddress{};
}

TEST(RedisUrl, host_and_nothing_else_gets_port_6379_and_database_0) {
  const RedisAddress address = parsed("redis://cache");
  EXPECT_EQ(address.host, "cache");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_EQ(address.describe(), "cache:6379/0");
}

TEST(RedisUrl, all_parts_are_read_and_percent_decoded) {
  const RedisAddress address = parsed("redis://al%69ce:p%40ss%3a@10.0.0.1:6380/7");
  EXPECT_EQ(address.username, "alice");
  EXPECT_EQ(address.password, "p@ss:");
  EXPECT_EQ(address.host, "10.0.0.1");
  EXPECT_EQ(address.port, 6380);
  EXPECT_EQ(address.database, 7);
}

TEST(RedisUrl, password_without_user_is_the_default_users) {
  const RedisAddress address = parsed("redis://:secret@h");
  EXPECT_EQ(address.username, "");
  EXPECT_EQ(address.password, "secret");
}

TEST(RedisUrl, ipv6_address_stands_in_brackets) {
  const RedisAddress address = parsed("redis://[::1]:7000/1");
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 7000);
  EXPECT_EQ(address.describe(), "[::1]:7000/1");
}

TEST(RedisUrl, unix_socket_has_a_path_and_a_database) {
  const RedisAddress address = parsed("unix://u:p@/run/redis.sock?db=3");
  EXPECT_EQ(address.unix_path, "/run/redis.sock");
  EXPECT_EQ(address.database, 3);
  EXPECT_EQ(address.username, "u");
  EXPECT_EQ(address.describe(), "unix:/run/redis.sock");
}

TEST(RedisUrl, what_is_wrong_is_refused_without_repeating_it) {
  for (const char* url : {"", "http://h", "redis://", "redis://:hush@", "redis://h:0", "redis://h:65536",
                          "redis://u:hush@h:x", "redis://u:hush@h/x", "redis://h:1:2", "redis://[::1",
                          "unix://relative", "unix:///p?db=x", "unix:///p?x=1"}) {
    const auto address = parse_redis_url(url);
    ASSERT_FALSE(address.ok()) << url;
    EXPECT_EQ(address.error().find("hush"), std::string::npos);
  }
}

TEST(RedisUrl, description_never_holds_the_password) {
  EXPECT_EQ(parsed("redis://u:hush@h:1/2").describe().find("hush"), std::string::npos);
}

TEST(RedisUrl, credentials_in_the_options_go_before_those_in_the_url) {
  const RedisAddress address = parsed("redis://url_user:url_password@h");
  config::RedisOptions options;
  auto found = find_credentials(options, address);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found.value().username, "url_user");
  EXPECT_EQ(found.value().password, "url_password");
  options.password = "option_password";
  EXPECT_EQ(find_credentials(options, address).value().password, "option_password");
  EXPECT_EQ(find_credentials(options, address).value().username, "url_user");
}

TEST(RedisUrl, a_user_without_a_password_is_told_and_is_not_the_default_user) {
  const auto found = find_credentials({}, parsed("redis://al%69ce@h"));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, RedisErrorKind::needs_help);
  EXPECT_NE(found.error().text.find("no password is given"), std::string::npos);
  EXPECT_EQ(found.error().text.find("alice"), std::string::npos) << "redis://PASSWORD@h is an easy slip";
  config::RedisOptions options;
  options.username = "bob";
  EXPECT_FALSE(find_credentials(options, parsed("redis://h")).ok());
  options.password = "any";
  EXPECT_TRUE(find_credentials(options, parsed("redis://h")).ok());
}

TEST(RedisUrl, missing_password_file_is_for_the_operator) {
  config::RedisOptions options;
  options.password_file = "/nonexistent/password";
  const auto found = find_credentials(options, {});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, RedisErrorKind::needs_help);
}

}  // namespace
}  // namespace sluice::sink

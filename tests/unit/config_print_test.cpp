#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/json.h"
#include "config/load.h"
#include "config/print.h"
#include "config/schema.h"
#include "config/secrets.h"

namespace sluice::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ConfigPrint, the_shipped_file_is_up_to_date) {
  std::ifstream file(SLUICE_TESTS_DIR "/../config/sluice.json");
  const std::string shipped(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(shipped, default_file()) << "run: sluice check-config --print-default > config/sluice.json";
}

TEST(ConfigPrint, the_default_file_names_every_option_and_loads_to_the_defaults) {
  const Loaded loaded = load({.text = default_file()}, Purpose::service);
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.problems.front());
  Options expected;
  expected.kafka.brokers = "127.0.0.1:9092";
  expected.kafka.topics = {"events"};
  EXPECT_EQ(dump(loaded.options), dump(expected));
}

TEST(ConfigPrint, a_dump_without_secrets_loads_to_the_same_options) {
  Sources sources;
  sources.text =
      R"({"kafka": {"brokers": "k:9092", "topics": ["a", "b"], "properties": {"fetch.wait.max.ms": "10"}},
                     "events": {"types": {"view": 0.5}}, "publish": {"linger": "70ms"}, "seed": 18446744073709551615})";
  const Loaded first = load(sources, Purpose::service);
  ASSERT_TRUE(first.ok()) << to_string(first.problems.front());
  const Loaded second = load({.text = dump(first.options)}, Purpose::service);
  ASSERT_TRUE(second.ok()) << to_string(second.problems.front());
  EXPECT_EQ(dump(first.options), dump(second.options));
  EXPECT_EQ(second.options.seed, 18446744073709551615ull);
}

TEST(ConfigPrint, a_dump_never_shows_a_secret) {
  Options options;
  options.redis.password = "hunter2-a";
  options.redis.url = "redis://me:hunter2-b@cache:6379/0";
  options.kafka.properties = {{"sasl.password", "hunter2-c"},
                              {"ssl.key.password", "hunter2-d"},
                              {"ssl.key.pem", "hunter2-e"},
                              {"sasl.oauthbearer.client.secret", "hunter2-f"},
                              {"sasl.oauthbearer.config", "hunter2-g"},
                              {"ssl.keystore.password", "hunter2-h"},
                              {"ssl.ca.location", "/etc/ca.pem"}};
  const std::string text = dump(options);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("redis://me:***@cache:6379/0"));
  EXPECT_THAT(text, HasSubstr("/etc/ca.pem"));
}

TEST(ConfigPrint, an_url_is_masked_whatever_its_shape) {
  EXPECT_EQ(mask_url("redis://:secret@h:1/0"), "redis://:***@h:1/0");
  EXPECT_EQ(mask_url("redis://u:se@cr:et@h"), "redis://u:***@h");
  EXPECT_EQ(mask_url("u:secret@h"), "u:***@h");
  EXPECT_EQ(mask_url("redis://h:6379/0"), "redis://h:6379/0");
  EXPECT_EQ(mask_url("unix:///run/redis.sock?db=1"), "unix:///run/redis.sock?db=1");
}

TEST(ConfigPrint, text_that_is_not_utf8_does_not_stop_a_dump) {
  Options options;
  options.snapshot.folder = "\xff\xfe";
  EXPECT_THAT(dump(options), HasSubstr("folder"));
}

}  // namespace
}  // namespace sluice::config

// What readers of Redis see through the real binary: lookup and status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "cli/exit_codes.h"
#include "common/json.h"
#include "sink/list_publisher.h"
#include "sink/redis_connection.h"
#include "sink/redis_process.h"
#include "sink/status_publisher.h"
#include "support/run_program.h"
#include "support/sample_lists.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::cli {
namespace {

using nlohmann::json;
using test::ProgramResult;
using test::wait_until;
using testing::HasSubstr;
using testing::IsEmpty;

class CliRedis : public testing::Test {
 protected:
  void SetUp() override {
    auto started = sink::RedisProcess::start();
    if (!started) GTEST_FAIL() << started.error();
    redis_ = std::move(started.value());
    options_.url = redis_->url();
  }

  [[nodiscard]] ProgramResult sluice(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), test::sluice_binary());
    arguments.insert(arguments.end(), {"--set", "redis.url=" + options_.url});
    return test::run_program(arguments);
  }

  void publish_lists() const {
    sink::ListPublisher publisher(options_, {}, {});
    ASSERT_TRUE(publisher.submit(test::sample_list("u")));
    auto popular = test::sample_list("");
    popular.items = {{"p", 3.0F, {"pop_1d"}}};
    publisher.set_popular(std::move(popular));
    ASSERT_TRUE(wait_until([&] { return publisher.counters().lists_written >= 1; }));
    ASSERT_TRUE(wait_until([&] { return sluice({"lookup", "--popular"}).exit_code == kDone; }));
    ASSERT_TRUE(publisher.stop(std::chrono::seconds{5}));
  }

  std::unique_ptr<sink::RedisProcess> redis_;
  config::RedisOptions options_;
};

TEST_F(CliRedis, lookup_shows_the_list_of_a_user_with_scores_and_reasons) {
  publish_lists();
  const auto result = sluice({"lookup", "--user", "u"});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("List of user u"));
  EXPECT_THAT(result.out, HasSubstr("1  i     1.230   covisit"));
  EXPECT_THAT(result.out, HasSubstr("2  j     -0.500"));
}

TEST_F(CliRedis, what_is_printed_to_a_closed_output_goes_nowhere_and_is_an_error) {
  publish_lists();
  const auto result = test::run_program({"/bin/sh", "-c", R"(exec "$0" "$@" >&-)", test::sluice_binary(),
                                         "lookup", "--popular", "--set", "redis.url=" + options_.url});
  EXPECT_EQ(result.exit_code, kEnvironment) << result.err;
}

TEST_F(CliRedis, lookup_gives_an_unknown_user_the_popular_list_and_says_so) {
  publish_lists();
  const auto result = sluice({"lookup", "--user", "nobody"});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("User nobody has no list; this is the popular list"));
  EXPECT_THAT(result.out, HasSubstr("pop_1d"));
}

TEST_F(CliRedis, lookup_prints_one_json_object) {
  publish_lists();
  const auto own = json::parse(sluice({"lookup", "--user", "u", "--json"}).out);
  EXPECT_EQ(own["source"], "user");
  EXPECT_EQ(own["list"]["items"][0]["id"], "i");
  EXPECT_EQ(own["list"]["offset"], 99);
  EXPECT_GT(own["age_ms"], 0);
  EXPECT_GT(own["expires_in_ms"], 0);
  EXPECT_EQ(json::parse(sluice({"lookup", "--user", "x", "--json"}).out)["source"], "popular");
}

TEST_F(CliRedis, lookup_shows_titles_and_as_many_entries_as_asked_for) {
  publish_lists();
  const test::TemporaryFolder folder;
  const std::string items = folder.path() / "items.csv";
  std::ofstream(items) << "item,title\ni,\"Harbour, by night\"\n";
  const auto result = sluice({"lookup", "--user", "u", "--items", items, "-n", "1"});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Harbour, by night"));
  EXPECT_THAT(result.out, testing::Not(HasSubstr("-0.500")));
}

TEST_F(CliRedis, lookup_without_any_list_is_exit_code_5) {
  const auto result = sluice({"lookup", "--user", "u"});
  EXPECT_EQ(result.exit_code, kNoData);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr("no list under the prefix sluice"));
}

TEST_F(CliRedis, status_shows_what_instances_publish) {
  sink::StatusPublisher publisher(options_, {}, "a");
  publisher.set(
      {{"state", "running"}, {"applied.events.0", "12"}, {"lag.events.0", "3"}, {"dead.not_json", "2"}});
  ASSERT_TRUE(wait_until([&] { return sluice({"status", "--check"}).exit_code == kDone; }));
  EXPECT_EQ(sluice({"status", "--check"}).out, "healthy\n");
  EXPECT_THAT(sluice({"status"}).out, HasSubstr("2 (not_json 2)"));
  const auto status = json::parse(sluice({"status", "--json"}).out);
  EXPECT_EQ(status["instances"]["a"]["applied.events.0"], 12);
  EXPECT_EQ(sluice({"status", "--check", "--max-lag", "2"}).exit_code, kUnhealthy);
  EXPECT_EQ(sluice({"status", "--check", "--own", "--set", "instance=b"}).exit_code, kUnhealthy);
}

TEST_F(CliRedis, status_check_tells_why_it_fails) {
  const auto nobody = sluice({"status", "--check"});
  EXPECT_EQ(nobody.exit_code, kUnhealthy);
  EXPECT_EQ(nobody.out, "unhealthy: no instance is registered\n");
  redis_->kill();
  const auto away = sluice({"status", "--check"});
  EXPECT_EQ(away.exit_code, kUnhealthy);
  EXPECT_THAT(away.out, HasSubstr("unhealthy: Redis cannot be read"));
}

TEST_F(CliRedis, status_check_tells_a_full_redis_from_a_dead_instance) {
  auto made = sink::RedisConnection::connect(options_);
  ASSERT_TRUE(made.ok());
  sink::RedisConnection& redis = *made.value();
  // What is left of an instance whose status expired while Redis took none.
  ASSERT_TRUE(redis.run({"SADD", "sluice:instances", "a"}).ok());
  EXPECT_THAT(sluice({"status", "--check"}).out, HasSubstr("instance a shows no sign of life"));
  ASSERT_TRUE(redis.run({"CONFIG", "SET", "maxmemory", "1"}).ok());
  const auto full = sluice({"status", "--check"});
  EXPECT_EQ(full.exit_code, kUnhealthy);
  EXPECT_THAT(full.out, HasSubstr("Redis takes no writes, so it cannot hold a status: OOM"));
  EXPECT_THAT(full.out, testing::Not(HasSubstr("sign of life")));
  ASSERT_TRUE(redis.run({"CONFIG", "SET", "maxmemory", "0"}).ok());
  EXPECT_EQ(redis.run({"EXISTS", "sluice:probe"}).value().view().integer(), 0) << "asking changes nothing";
}

TEST_F(CliRedis, an_absent_redis_is_exit_code_4) {
  redis_->kill();
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"lookup", "--user", "u"}, {"status"}}) {
    const auto result = sluice(arguments);
    EXPECT_EQ(result.exit_code, kEnvironment);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, HasSubstr("sluice: "));
  }
}

TEST_F(CliRedis, a_watch_ends_in_good_order_at_a_signal_and_when_nobody_reads) {
  const std::string watch = test::sluice_binary() + " status --watch --set redis.url=" + options_.url;
  const auto interrupted = test::run_program(
      {"/usr/bin/timeout", "--foreground", "--signal=INT", "1", "/bin/sh", "-c", "exec " + watch});
  EXPECT_THAT(interrupted.out, HasSubstr("No instance is registered."));
  const auto unread = test::run_program({"/bin/bash", "-c", watch + " | head -n 1; echo ${PIPESTATUS[0]}"});
  EXPECT_EQ(unread.out, "No instance is registered.\n0\n");
}

}  // namespace
}  // namespace sluice::cli

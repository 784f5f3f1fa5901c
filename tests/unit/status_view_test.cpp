#include "cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json.h"

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr HealthRules kRules{.max_snapshot_age = 180s, .max_lag = 0, .only = {}, .refused = {}};

sink::StatusFields running() {
  return {{"state", "running"},          {"started_at_ms", "1000000"}, {"restored_at_ms", "0"},
          {"snapshot_age_ms", "12000"},  {"events", "1234567"},        {"events_per_s", "2000.5"},
          {"applied.my.events.0", "10"}, {"lag.my.events.0", "7"},     {"committed.my.events.0", "9"},
          {"dead.not_json", "60"},       {"dead.missing_user", "40"},  {"errors.kafka", "0"},
          {"freshness_p50_ms", "12"},    {"freshness_p99_ms", "80"}};
}

TEST(StatusCheck, a_running_instance_is_healthy) {
  EXPECT_THAT(find_problems({{"a", running()}}, kRules), IsEmpty());
}

TEST(StatusCheck, no_instance_at_all_is_unhealthy) {
  EXPECT_THAT(find_problems({}, kRules), ElementsAre("no instance is registered"));
}

TEST(StatusCheck, an_instance_that_died_is_unhealthy) {
  EXPECT_THAT(find_problems({{"a", running()}, {"b", {}}}, kRules),
              ElementsAre("instance b shows no sign of life"));
}

TEST(StatusCheck, an_instance_that_is_not_yet_or_no_longer_running_is_unhealthy) {
  auto fields = running();
  fields["state"] = "starting";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules), ElementsAre("instance a is starting"));
}

TEST(StatusCheck, missed_snapshots_are_unhealthy) {
  auto fields = running();
  fields["snapshot_age_ms"] = "180000";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules), IsEmpty());
  fields["snapshot_age_ms"] = "180001";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules), ElementsAre(HasSubstr("no snapshot since 3 min")));
}

TEST(StatusCheck, lag_counts_only_against_a_bound) {
  HealthRules rules = kRules;
  rules.max_lag = 7;
  EXPECT_THAT(find_problems({{"a", running()}}, rules), IsEmpty());
  rules.max_lag = 6;
  EXPECT_THAT(find_problems({{"a", running()}}, rules),
              ElementsAre("instance a lags 7 events behind in my.events.0, more than 6"));
}

TEST(StatusCheck, one_instance_can_be_judged_alone) {
  HealthRules rules = kRules;
  rules.only = "a";
  EXPECT_THAT(find_problems({{"a", running()}, {"b", {}}}, rules), IsEmpty());
  rules.only = "c";
  EXPECT_THAT(find_problems({{"a", running()}}, rules), ElementsAre("instance c is not registered"));
}

TEST(StatusCheck, kafka_or_redis_away_are_unhealthy_with_the_reason) {
  auto fields = running();
  fields["updated_at_ms"] = "1100000";
  fields["kafka"] = "away";
  fields["kafka_since_ms"] = "1025000";
  fields["kafka_last_error"] = "_TRANSPORT: Connection refused";
  EXPECT_THAT(
      find_problems({{"a", fields}}, kRules),
      ElementsAre("instance a has had no answer from Kafka for 75 s: _TRANSPORT: Connection refused"));
  fields["kafka"] = "connected";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules), IsEmpty()) << "the last error is over";
  fields["redis"] = "refuses";
  fields["redis_since_ms"] = "1088000";
  fields["redis_last_error"] = "OOM command not allowed";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules),
              ElementsAre("instance a has been refused by Redis for 12 s: OOM command not allowed"));
  fields["redis"] = "away";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules), ElementsAre(HasSubstr("has had no Redis for 12 s")));
}

TEST(StatusCheck, partitions_without_a_leader_and_topics_that_are_not_there_are_unhealthy) {
  auto fields = running();
  fields["leaderless"] = "2";
  fields["partitions.my.events"] = "1";
  fields["partitions.more"] = "0";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules),
              ElementsAre("instance a cannot read 2 partitions, which have no leader",
                          "instance a finds no topic more"));
}

TEST(StatusCheck, partitions_that_no_instance_has_are_unhealthy) {
  auto fields = running();
  fields["partitions.my.events"] = "3";
  EXPECT_THAT(find_problems({{"a", fields}}, kRules),
              ElementsAre("no instance has partitions my.events/1, my.events/2"));
  auto sibling = running();
  sibling.erase("applied.my.events.0");
  sibling["applied.my.events.1"] = "5";
  sibling["applied.my.events.2"] = "5";
  EXPECT_THAT(find_problems({{"a", fields}, {"b", sibling}}, kRules), IsEmpty());
}

TEST(StatusCheck, an_instance_that_died_is_not_missed_once_the_others_have_its_partitions) {
  auto fields = running();
  fields["partitions.my.events"] = "2";
  EXPECT_THAT(find_problems({{"a", fields}, {"b", {}}}, kRules),
              ElementsAre("instance b shows no sign of life", "no instance has partitions my.events/1"));
  fields["applied.my.events.1"] = "5";
  EXPECT_THAT(find_problems({{"a", fields}, {"b", {}}}, kRules), IsEmpty());
}

TEST(StatusCheck, where_redis_takes_no_writes_nobody_is_called_dead) {
  HealthRules rules = kRules;
  rules.refused = "OOM command not allowed";
  EXPECT_THAT(find_problems({{"a", {}}}, rules),
              ElementsAre("Redis takes no writes, so it cannot hold a status: OOM command not allowed"));
}

TEST(StatusCheck, the_status_of_the_own_process_is_an_object_of_texts) {
  EXPECT_EQ(parse_status(R"({"state":"running","users":"7"})"),
            (sink::StatusFields{{"state", "running"}, {"users", "7"}}));
  for (const char* const text : {"", "[]", "{", "404", R"({"users":7})"})
    EXPECT_FALSE(parse_status(text)) << text;
}

TEST(StatusText, shows_partitions_and_dead_letters_by_reason) {
  const std::string text = status_text({{"a", running()}}, 1'000'000 + 125'000);
  EXPECT_THAT(text, HasSubstr("Instance a: running, started 2 min ago without a snapshot"));
  EXPECT_THAT(text, HasSubstr("1,234,567 applied, 2000.5/s"));
  EXPECT_THAT(text, HasSubstr("100 (missing_user 40, not_json 60)"));
  EXPECT_THAT(text, HasSubstr("my.events  0          10       9          7"));
}

TEST(StatusText, fields_that_an_older_instance_lacks_do_no_harm) {
  EXPECT_THAT(status_text({{"a", {{"state", "running"}}}}, 0), HasSubstr("Instance a: running"));
  EXPECT_THAT(
      status_text({{"a", {{"applied.", "x"}, {"lag.t.0", "-1"}, {"users", "99999999999999999999"}}}}, 0),
      HasSubstr("Instance a"));
}

TEST(StatusJson, keeps_the_names_and_tells_numbers_from_text) {
  auto fields = running();
  fields["note"] = "\xff not UTF-8";
  const auto json =
      nlohmann::json::parse(status_json({{"a", fields}, {"b", {}}}, {"instance b shows no sign of life"}));
  EXPECT_FALSE(json["healthy"]);
  EXPECT_EQ(json["problems"].size(), 1u);
  EXPECT_EQ(json["instances"]["a"]["applied.my.events.0"], 10);
  EXPECT_EQ(json["instances"]["a"]["events_per_s"], 2000.5);
  EXPECT_EQ(json["instances"]["a"]["state"], "running");
  EXPECT_TRUE(json["instances"]["b"].empty());
}

}  // namespace
}  // namespace sluice::cli

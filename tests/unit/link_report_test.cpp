#include "pipeline/link_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::pipeline {
namespace {

using ingest::KafkaWatch;
using sink::RedisErrorKind;
using sink::RedisLink;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LinkReportTest : public testing::Test {
 protected:
  static config::KafkaOptions kafka_options() {
    config::KafkaOptions kafka;
    kafka.brokers = "k:9092";
    return kafka;
  }
  static config::RedisOptions redis_options() {
    config::RedisOptions redis;
    redis.url = "redis://me:hunter2@cache:6379/1";
    return redis;
  }
  std::vector<std::string> lines() {
    now_ += std::chrono::hours{1};
    std::vector<std::string> texts;
    for (const auto& line : report_.look(kafka_, redis_, functions_, data_losses_, now_))
      texts.push_back(line.text);
    return texts;
  }
  void set_redis(RedisLink::State state, RedisErrorKind kind, const std::string& why) {
    redis_.state = state;
    redis_.why = {kind, why};
  }

  KafkaWatch::State kafka_;
  RedisLink::Now redis_;
  std::string functions_;
  std::uint64_t data_losses_ = 0;
  LinkLog::Clock::time_point now_{};
  LinkReport report_{kafka_options(), redis_options()};
};

TEST_F(LinkReportTest, SaysNothingBeforeAnythingIsKnown) {
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LinkReportTest, KafkaAwayIsOneLineWithReasonAndAdviceAndItsReturnAnother) {
  kafka_.link = KafkaWatch::Link::connected;
  kafka_.topics["events"] = {.partitions = 2, .leaderless = 0};
  EXPECT_THAT(lines(), ElementsAre("Kafka is connected"));
  kafka_.link = KafkaWatch::Link::away;
  kafka_.reason = "_TRANSPORT: Connection refused";
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("Kafka is away (kafka.brokers k:9092): _TRANSPORT"),
                                         HasSubstr("Check that the brokers run"))));
  EXPECT_THAT(lines(), IsEmpty());
  kafka_.link = KafkaWatch::Link::connected;
  EXPECT_THAT(lines(), ElementsAre("Kafka is back after 7200 s"));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LinkReportTest, ATopicThatIsMissingOrHasNoLeaderIsNamed) {
  kafka_.link = KafkaWatch::Link::connected;
  kafka_.topics["events"] = {.partitions = 2, .leaderless = 1};
  kafka_.topics["gone"] = {};
  EXPECT_THAT(lines(), ElementsAre("Kafka is connected", HasSubstr("no topic gone")));
  kafka_.topics.erase("gone");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("partitions of topic events have no leader")));
  kafka_.topics["events"].leaderless = 0;
  EXPECT_THAT(lines(), ElementsAre("Every topic of kafka.topics is back after 7200 s"))
      << "Kafka itself never was away";
}

TEST_F(LinkReportTest, EachTroubleOfRedisIsALineWithoutSecretsThatSaysWhatToDo) {
  set_redis(RedisLink::State::away, RedisErrorKind::connection,
            "cannot connect to Redis at cache:6379/1: Connection refused");
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("Redis is away: cannot connect to Redis at cache:6379/1"),
                                         HasSubstr("redis.url"))));
  set_redis(RedisLink::State::refuses, RedisErrorKind::needs_help, "NOAUTH Authentication required.");
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("Redis at cache:6379/1 refuses: NOAUTH"),
                                         HasSubstr("SLUICE_REDIS_PASSWORD"))));
  set_redis(RedisLink::State::refuses, RedisErrorKind::needs_help,
            "Redis at cache:6379/1 refuses the user or password: WRONGPASS");
  EXPECT_THAT(lines(),
              ElementsAre(testing::StartsWith("Redis at cache:6379/1 refuses the user or password")));
  set_redis(RedisLink::State::refuses, RedisErrorKind::retry, "OOM command not allowed");
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("OOM"), HasSubstr("maxmemory"))));
  set_redis(RedisLink::State::connected, RedisErrorKind::connection, "");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("Redis is back after")));
}

TEST_F(LinkReportTest, ARefusedFunctionLibraryIsToldOnce) {
  functions_ = "NOPERM this user has no permissions to run the 'function|load' command";
  EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("function library: NOPERM"), HasSubstr("Redis 7"))));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LinkReportTest, ARedisThatLostItsDataIsToldOnce) {
  data_losses_ = 1;
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("Redis came back without its data")));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LinkReportTest, TheWriterOfTheStatusCountsWhereThatOfTheListsIsWell) {
  RedisLink::Now lists;
  RedisLink::Now status;
  lists.state = RedisLink::State::connected;
  status.state = RedisLink::State::refuses;
  EXPECT_EQ(worse_of(lists, status).state, RedisLink::State::refuses);
  lists.state = RedisLink::State::away;
  EXPECT_EQ(worse_of(lists, status).state, RedisLink::State::away);
  lists.state = RedisLink::State::connected;
  status.state = RedisLink::State::unknown;
  EXPECT_EQ(worse_of(lists, status).state, RedisLink::State::connected);
}

}  // namespace
}  // namespace sluice::pipeline

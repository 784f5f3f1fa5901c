#include "ingest/kafka_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/mock_cluster.h"
#include "support/wait_until.h"

namespace sluice::ingest {
namespace {

using Link = KafkaWatch::Link;
using test::wait_until;

class KafkaWatchTest : public testing::Test {
 protected:
  KafkaWatchTest() {
    cluster_.create_topic("events", 3);
    options_.brokers = cluster_.bootstrap_servers();
    options_.topics = {"events"};
    options_.group = "test";
    options_.properties = {{"reconnect.backoff.max.ms", "200"}};
  }
  [[nodiscard]] KafkaConsumer make_consumer() const {
    const auto ignore = [](const std::vector<TopicPartition>&) {};
    return {options_, "a", 1, {ignore, ignore, ignore}};
  }

  MockCluster cluster_;
  config::KafkaOptions options_;
};

TEST_F(KafkaWatchTest, TellsThatTheBrokersAreAwayAndWhenTheyAreBack) {
  KafkaConsumer consumer = make_consumer();
  const KafkaWatch watch(consumer);
  // As the control thread does, or the reasons would not be heard.
  const auto link = [&] {
    consumer.serve(std::chrono::milliseconds{0});
    return watch.state().link;
  };
  EXPECT_EQ(watch.state().link, Link::unknown);
  ASSERT_TRUE(wait_until([&] { return link() == Link::connected; }));
  const auto connected = watch.state();
  EXPECT_EQ(connected.topics.at("events").partitions, 3);
  EXPECT_EQ(connected.reason, "");
  cluster_.stop_broker();
  ASSERT_TRUE(wait_until([&] { return link() == Link::away; }));
  const auto away = watch.state();
  EXPECT_GE(away.since, connected.since);
  EXPECT_LE(away.since + KafkaWatch::kAwayAfter, std::chrono::system_clock::now());
  EXPECT_THAT(away.reason, testing::StartsWith("_TRANSPORT: "));
  EXPECT_THAT(away.reason, testing::Not(testing::HasSubstr("(after")));
  cluster_.start_broker();
  ASSERT_TRUE(wait_until([&] { return link() == Link::connected; }));
  EXPECT_GT(watch.state().since, away.since);
}

TEST_F(KafkaWatchTest, CountsPartitionsWithoutALeader) {
  cluster_.set_leader({"events", PartitionId{1}}, -1);
  KafkaConsumer consumer = make_consumer();
  const KafkaWatch watch(consumer);
  ASSERT_TRUE(wait_until([&] { return watch.state().link == Link::connected; }));
  EXPECT_EQ(watch.state().topics.at("events").partitions, 3);
  EXPECT_EQ(watch.state().topics.at("events").leaderless, 1);
}

// A fetch that finds nothing waits, and a question waits behind it: some topics are told of by each turn.
TEST_F(KafkaWatchTest, EachOfManyTopicsIsToldOfThoughFetchesWait) {
  options_.topics.clear();
  for (int k = 0; k < 12; ++k) {
    options_.topics.push_back("t" + std::to_string(k));
    cluster_.create_topic(options_.topics.back(), 1);
  }
  options_.properties["fetch.wait.max.ms"] = "400";
  KafkaConsumer consumer = make_consumer();
  const KafkaWatch watch(consumer);
  const auto all_told = [&] {
    consumer.serve(std::chrono::milliseconds{0});
    return watch.state().topics.size() == options_.topics.size();
  };
  EXPECT_TRUE(wait_until(all_told)) << watch.state().topics.size();
  EXPECT_EQ(watch.state().link, Link::connected);
}

TEST(KafkaAdvice, FollowsTheReason) {
  EXPECT_THAT(kafka_advice("_RESOLVE: kafka:9092: Name or service not known"),
              testing::HasSubstr("name service"));
  EXPECT_THAT(kafka_advice("_TRANSPORT: Connection refused"), testing::HasSubstr("brokers run"));
}

}  // namespace
}  // namespace sluice::ingest

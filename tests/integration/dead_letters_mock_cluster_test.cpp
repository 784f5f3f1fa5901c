#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

#include "ingest/kafka_dead_letters.h"
#include "ingest/mock_cluster.h"
#include "kafka/topic_reader.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::read_topic;

class DeadLettersMockClusterTest : public testing::Test {
 protected:
  DeadLettersMockClusterTest() {
    cluster_.create_topic("events.dead", 2);
    options_.brokers = cluster_.bootstrap_servers();
    options_.dead_letter_topic = "events.dead";
  }
  static DeadLetter letter(std::string_view payload, std::int64_t offset = 17) {
    return {.origin = {"events", PartitionId{3}},
            .offset = Offset{offset},
            .record_time = from_unix_ms(1'718'000'000'123),
            .key = "u1",
            .payload = payload,
            .headers = {{"trace", "7"}, {"none", {}}},
            .reason = RejectReason::bad_value};
  }
  std::vector<tests::ReadRecord> read(std::size_t count) {
    return read_topic(cluster_.bootstrap_servers(), "events.dead", 2, count);
  }

  MockCluster cluster_;
  config::KafkaOptions options_;
};

TEST_F(DeadLettersMockClusterTest, KeepKeyValueAndHeadersAndTellOriginAndReason) {
  KafkaDeadLetters sink(options_);
  ASSERT_TRUE(sink.send(letter(std::string_view("\xff\0{", 3))));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{20}));
  EXPECT_EQ(sink.sent(), 1);
  EXPECT_EQ(sink.acknowledged(), 1);
  EXPECT_EQ(sink.failure(), "");
  const auto records = read(1);
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].key, "u1");
  EXPECT_EQ(records[0].payload, std::string("\xff\0{", 3));
  using Header = std::pair<std::string, std::string>;
  EXPECT_THAT(records[0].headers,
              testing::ElementsAre(Header{"trace", "7"}, Header{"none", "(null)"},
                                   Header{"sluice.reason", "bad_value"}, Header{"sluice.topic", "events"},
                                   Header{"sluice.partition", "3"}, Header{"sluice.offset", "17"},
                                   Header{"sluice.timestamp", "1718000000123"}));
}

TEST_F(DeadLettersMockClusterTest, KeepNullAndEmptyApart) {
  KafkaDeadLetters sink(options_);
  DeadLetter without_key = letter("");
  without_key.key = {};
  ASSERT_TRUE(sink.send(without_key));
  ASSERT_TRUE(sink.send(letter({})));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{20}));
  for (const auto& record : read(2)) {
    EXPECT_NE(record.key.has_value(), record.payload.has_value());
    EXPECT_EQ(record.payload.value_or(""), "");
  }
}

TEST_F(DeadLettersMockClusterTest, AreAllThereAfterErrorsAndAnOutage) {
  constexpr int kLetters = 1'000;
  const std::array errors = {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT};
  KafkaDeadLetters sink(options_);
  cluster_.fail_requests(MockCluster::Api::produce, errors);
  for (int i = 0; i < kLetters / 2; ++i) ASSERT_TRUE(sink.send(letter("x", i)));
  cluster_.stop_broker();
  EXPECT_FALSE(sink.flush(sink.sent(), milliseconds{200}));
  for (int i = kLetters / 2; i < kLetters; ++i) ASSERT_TRUE(sink.send(letter("x", i)));
  EXPECT_LT(sink.acknowledged(), sink.sent());
  cluster_.start_broker();
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{60}));
  EXPECT_EQ(sink.acknowledged(), kLetters);
  std::set<std::string> offsets;
  const auto records = read_topic(cluster_.bootstrap_servers(), "events.dead", 2, 2 * kLetters, seconds{3});
  for (const auto& record : records) offsets.insert(record.header("sluice.offset"));
  EXPECT_EQ(offsets.size(), kLetters);
}

TEST_F(DeadLettersMockClusterTest, TheFirstAreWaitedForWhileMoreComeAllTheTime) {
  constexpr std::uint64_t kFirst = 10;
  KafkaDeadLetters sink(options_);
  cluster_.set_round_trip(milliseconds{100});
  for (std::uint64_t i = 0; i < kFirst; ++i) ASSERT_TRUE(sink.send(letter("x")));
  const std::jthread sending([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      static_cast<void>(sink.send(letter("x")));
      std::this_thread::sleep_for(milliseconds{1});
    }
  });
  EXPECT_FALSE(sink.flush(kFirst, milliseconds{1}));
  EXPECT_TRUE(sink.flush(kFirst, seconds{20}));
  EXPECT_GE(sink.acknowledged(), kFirst);
}

TEST_F(DeadLettersMockClusterTest, RefuseWhenTheQueueIsFull) {
  KafkaDeadLetters sink(options_);
  cluster_.stop_broker();
  int taken = 0;
  while (taken < 100'000 && sink.send(letter("x"))) ++taken;
  EXPECT_LT(taken, 100'000);
  EXPECT_EQ(sink.sent(), taken);
  EXPECT_EQ(sink.failure(), "") << "an outage is no failure";
}

TEST_F(DeadLettersMockClusterTest, CutAValueThatIsTooLongForTheProducer) {
  KafkaDeadLetters sink(options_);
  const std::string long_value(2'000'000, 'x');
  ASSERT_TRUE(sink.send(letter(long_value)));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{20}));
  const auto records = read(1);
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].payload->size(), 16 * 1024);
  EXPECT_EQ(records[0].header("sluice.truncated"), "2000000");
}

TEST_F(DeadLettersMockClusterTest, CutAValueThatIsTooLongForTheBroker) {
  const std::array errors = {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE};
  cluster_.fail_requests(MockCluster::Api::produce, errors);
  KafkaDeadLetters sink(options_);
  ASSERT_TRUE(sink.send(letter(std::string(100'000, 'x'))));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{20}));
  EXPECT_EQ(sink.acknowledged(), 1);
  const auto records = read(1);
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].header("sluice.truncated"), "100000");
  EXPECT_EQ(records[0].header("sluice.reason"), "bad_value");
}

TEST_F(DeadLettersMockClusterTest, FailForGoodWhenNotAuthorised) {
  const std::array errors = {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED};
  cluster_.fail_requests(MockCluster::Api::produce, errors);
  KafkaDeadLetters sink(options_);
  ASSERT_TRUE(sink.send(letter("personal")));
  EXPECT_FALSE(sink.flush(sink.sent(), seconds{20}));
  EXPECT_THAT(sink.failure(), testing::HasSubstr("TOPIC_AUTHORIZATION_FAILED"));
  EXPECT_THAT(sink.failure(), testing::Not(testing::HasSubstr("personal"))) << "content is not for logs";
  EXPECT_EQ(sink.acknowledged(), 0);
}

}  // namespace
}  // namespace sluice::ingest

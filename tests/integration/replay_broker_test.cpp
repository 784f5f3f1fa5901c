#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <random>
#include <set>

#include "ingest/kafka_dead_letters.h"
#include "ingest/replay.h"
#include "ingest/synthetic.h"
#include "kafka/broker_process.h"
#include "kafka/topic_reader.h"
#include "support/wait_until.h"

namespace sluice::ingest {
namespace {

using std::chrono::seconds;
using test::wait_until;
using tests::read_topic;

constexpr int kPartitions = 3;

class ReplayBrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!broker_.available()) GTEST_SKIP() << broker_.output();
    options_.brokers = broker_.bootstrap_servers();
    options_.dead_letter_topic = "events.dead";
  }

  static DeadLetter letter(std::int64_t offset, std::string_view payload, RejectReason reason) {
    return {.origin = {"events", PartitionId{1}},
            .offset = Offset{offset},
            .record_time = from_unix_ms(1),
            .key = "k",
            .payload = payload,
            .headers = {},
            .reason = reason};
  }
  // Which lz4 makes no shorter.
  std::string noise(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

  std::mt19937 random_{1};
  tests::BrokerProcess broker_{"num.partitions=3\nmessage.max.bytes=100000"};
  config::KafkaOptions options_;
};

TEST_F(ReplayBrokerTest, LosesAndDoublesNothingWhenTheBrokerIsKilledAndComesBack) {
  constexpr std::uint64_t kEventsOnEitherSide = 10'000;
  ProducerOptions options{.properties = producer_properties(options_)};
  options.properties["reconnect.backoff.max.ms"] = "500";
  Producer producer(options);
  std::atomic<bool> killed = false;
  std::multiset<std::string> sent;
  auto running = std::async(std::launch::async, [&] {
    SyntheticStream stream({});
    std::uint64_t left = kEventsOnEitherSide;
    const auto next = [&]() -> std::optional<FileEvent> {
      if (killed && left-- == 0) return std::nullopt;
      FileEvent event = stream.next();
      sent.insert(event.user);
      return event;
    };
    return replay(next, producer,
                  {.topic = "events", .events_per_second = 10'000, .flush_timeout = seconds{90}}, {}, {});
  });
  const bool streaming = wait_until([&] { return producer.delivered() >= kEventsOnEitherSide; }, seconds{60});
  broker_.kill();
  killed = true;
  broker_.start();
  const auto result = running.get();
  EXPECT_TRUE(streaming);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.delivered, sent.size());
  const auto records = read_topic(options_.brokers, "events", kPartitions, sent.size() + 1, seconds{10});
  std::multiset<std::string> found;
  for (const auto& record : records) found.insert(record.key.value());
  EXPECT_EQ(found.size(), sent.size());
  EXPECT_TRUE(found == sent);
}

TEST_F(ReplayBrokerTest, KeepsADeadLetterThatIsTooLongForTheBroker) {
  KafkaDeadLetters sink(options_);
  const std::string payload = noise(300'000);
  ASSERT_TRUE(sink.send(letter(5, payload, RejectReason::too_large)));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{30})) << sink.failure();
  const auto records = read_topic(options_.brokers, "events.dead", kPartitions, 1);
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].header("sluice.reason"), "too_large");
  EXPECT_EQ(records[0].header("sluice.truncated"), "300000");
  EXPECT_EQ(*records[0].payload, payload.substr(0, records[0].payload->size()));
}

// Sent before the producer has found the broker, they lie in one heap that no batch of this topic may hold.
TEST_F(ReplayBrokerTest, AHeapOfDeadLettersIsSentInBatchesThatTheTopicTakes) {
  constexpr std::int64_t kLetters = 500;
  KafkaDeadLetters sink(options_);
  for (std::int64_t i = 0; i < kLetters; ++i) {
    ASSERT_TRUE(sink.send(letter(i, noise(1'000), RejectReason::not_json)));
  }
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{30})) << sink.failure();
  EXPECT_EQ(read_topic(options_.brokers, "events.dead", kPartitions, kLetters).size(), kLetters);
}

}  // namespace
}  // namespace sluice::ingest

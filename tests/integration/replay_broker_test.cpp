#include <gtest/gtest.h>

#include <future>
#include <random>
#include <set>
#include <thread>

#include "ingest/kafka_dead_letters.h"
#include "ingest/replay.h"
#include "ingest/synthetic.h"
#include "kafka/broker_process.h"
#include "kafka/topic_reader.h"

namespace sluice::ingest {
namespace {

using std::chrono::seconds;
using tests::read_topic;

constexpr int kPartitions = 3;

class ReplayBrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!broker_.available()) GTEST_SKIP() << broker_.output();
    options_.brokers = broker_.bootstrap_servers();
    options_.dead_letter_topic = "events.dead";
  }

  tests::BrokerProcess broker_{"num.partitions=3\nmessage.max.bytes=100000"};
  config::KafkaOptions options_;
};

TEST_F(ReplayBrokerTest, LosesAndDoublesNothingWhenTheBrokerIsKilledAndComesBack) {
  constexpr std::uint64_t kEvents = 20'000;
  ProducerOptions options{.properties = producer_properties(options_)};
  options.properties["reconnect.backoff.max.ms"] = "500";
  Producer producer(options);
  auto running = std::async(std::launch::async, [&] {
    SyntheticStream stream({});
    const auto next = [&]() -> std::optional<FileEvent> { return stream.next(); };
    return replay(
        next, producer,
        {.topic = "events", .events_per_second = 10'000, .max_events = kEvents, .flush_timeout = seconds{90}},
        {}, {});
  });
  const auto deadline = std::chrono::steady_clock::now() + seconds{60};
  while (producer.delivered() < kEvents / 10 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  broker_.kill();
  EXPECT_LT(producer.delivered(), kEvents) << "killed too late to matter";
  broker_.start();
  const auto result = running.get();
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.delivered, kEvents);
  const auto records = read_topic(options_.brokers, "events", kPartitions, kEvents + 1, seconds{10});
  ASSERT_EQ(records.size(), kEvents);
  std::multiset<std::string> sent;
  std::multiset<std::string> found;
  SyntheticStream stream({});
  for (std::uint64_t i = 0; i < kEvents; ++i) sent.insert(stream.next().user);
  for (const auto& record : records) found.insert(record.key.value());
  EXPECT_EQ(found, sent);
}

TEST_F(ReplayBrokerTest, KeepsADeadLetterThatIsTooLongForTheBroker) {
  KafkaDeadLetters sink(options_);
  std::mt19937 random(1);
  std::string payload(300'000, '\0');  // noise, which lz4 makes no shorter
  for (char& c : payload) c = static_cast<char>(random());
  ASSERT_TRUE(sink.send({.origin = {"events", PartitionId{1}},
                         .offset = Offset{5},
                         .record_time = from_unix_ms(1),
                         .key = "k",
                         .payload = payload,
                         .headers = {},
                         .reason = RejectReason::too_large}));
  EXPECT_TRUE(sink.flush(sink.sent(), seconds{30})) << sink.failure();
  const auto records = read_topic(options_.brokers, "events.dead", kPartitions, 1);
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].header("sluice.reason"), "too_large");
  EXPECT_EQ(records[0].header("sluice.truncated"), "300000");
  EXPECT_EQ(*records[0].payload, payload.substr(0, records[0].payload->size()));
}

}  // namespace
}  // namespace sluice::ingest

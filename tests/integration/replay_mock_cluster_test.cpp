#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "ingest/decoder.h"
#include "ingest/event_json.h"
#include "ingest/kafka_consumer.h"
#include "ingest/mock_cluster.h"
#include "ingest/replay.h"
#include "ingest/send_window.h"
#include "ingest/synthetic.h"
#include "kafka/topic_reader.h"
#include "support/patience.h"
#include "support/wait_until.h"

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::read_topic;

constexpr int kPartitions = 4;

class ReplayMockClusterTest : public testing::Test {
 protected:
  ReplayMockClusterTest() { cluster_.create_topic("events", kPartitions, 2); }

  [[nodiscard]] ProducerOptions producer_options() const {
    config::KafkaOptions kafka;
    kafka.brokers = cluster_.bootstrap_servers();
    return {.properties = producer_properties(kafka)};
  }
  static std::function<std::optional<FileEvent>()> first(int count) {
    return [stream = SyntheticStream({}), left = count]() mutable -> std::optional<FileEvent> {
      if (left-- == 0) return std::nullopt;
      return stream.next();
    };
  }

  MockCluster cluster_{2};
};

TEST_F(ReplayMockClusterTest, SendsEveryEventOnceInOrderOfItsUser) {
  constexpr int kEvents = 20'000;
  Producer producer(producer_options());
  int progress_calls = 0;
  const auto started = std::chrono::system_clock::now();
  const auto result = replay(
      first(kEvents), producer, {.topic = "events"},
      {.may_send = {}, .on_send = {}, .on_progress = [&](const ReplayProgress&) { ++progress_calls; }}, {});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.sent, kEvents);
  EXPECT_EQ(result.progress.delivered, kEvents);
  EXPECT_GE(progress_calls, 1);

  const auto records = read_topic(cluster_.bootstrap_servers(), "events", kPartitions, kEvents);
  ASSERT_EQ(records.size(), kEvents);
  std::map<std::string, std::vector<std::string>> by_user;
  std::map<std::string, std::set<int>> partitions_of_user;
  for (const auto& record : records) {
    by_user[record.key.value()].push_back(record.payload.value());
    partitions_of_user[*record.key].insert(record.partition);
    ASSERT_GE(record.timestamp_ms, to_unix_ms(std::chrono::floor<milliseconds>(started)));
  }
  Decoder decoder({});
  auto next = first(kEvents);
  std::map<std::string, std::size_t> position;
  while (const auto event = next()) {
    EXPECT_EQ(partitions_of_user[event->user].size(), 1) << "one user, one partition";
    const std::string& payload = by_user[event->user].at(position[event->user]++);
    const Decoded decoded = decoder.decode({}, payload, from_unix_ms(1'800'000'000'000));
    ASSERT_EQ(std::get<Event>(decoded).item, event->item);
    ASSERT_EQ(std::get<Event>(decoded).time, event->time);
  }
}

TEST_F(ReplayMockClusterTest, ControlEventsAreKeyedByWhatTheyAreAbout) {
  const Timestamp taken = from_unix_ms(1'718'000'000'123);
  const std::vector<FileEvent> events = {{"u", "i", "view", 1.0, true, taken},
                                         {"", "i", "hide_item", 0.0, false, {}, false},
                                         {"u", "i", "retract", 0.0, false, taken},
                                         {"u", "", "erase_user", 0.0, false, {}, false}};
  Producer producer(producer_options());
  const auto next = [&events, k = std::size_t{0}]() mutable -> std::optional<FileEvent> {
    return k < events.size() ? std::optional(events[k++]) : std::nullopt;
  };
  // Were their times those of the stream, this would wait for years.
  ASSERT_EQ(replay(next, producer, {.topic = "events", .speed = 1}, {}, {}).error, "");
  std::map<std::string, std::set<std::string>> keys;
  Decoder decoder({});
  for (const auto& record : read_topic(cluster_.bootstrap_servers(), "events", kPartitions, events.size())) {
    const Decoded decoded = decoder.decode(*record.key, *record.payload, from_unix_ms(1'800'000'000'000));
    const auto* const control = std::get_if<Control>(&decoded);
    keys[control == nullptr ? "event" : std::string(to_string(control->kind))].insert(*record.key);
    if (control != nullptr && control->kind == Control::Kind::retract) {
      EXPECT_EQ(control->time, taken);
    }
  }
  const std::map<std::string, std::set<std::string>> expected = {
      {"event", {"u"}}, {"hide_item", {"i"}}, {"retract", {"u"}}, {"erase_user", {"u"}}};
  EXPECT_EQ(keys, expected);
}

TEST_F(ReplayMockClusterTest, KeysGoWhereJavaProducersPutThem) {
  // Java's DefaultPartitioner: toPositive(murmur2(key)) % partitions; murmur2 by Kafka's own test vectors.
  const std::map<std::string, std::uint32_t> murmur2 = {
      {"21", static_cast<std::uint32_t>(-973932308)},
      {"foobar", static_cast<std::uint32_t>(-790332482)},
      {"a-little-bit-long-string", static_cast<std::uint32_t>(-985981536)},
      {"a-little-bit-longer-string", static_cast<std::uint32_t>(-1486304829)},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", static_cast<std::uint32_t>(-58897971)}};
  Producer producer(producer_options());
  for (const auto& [key, hash] : murmur2) {
    ASSERT_EQ(producer.send({"events", key, "{}", {}}), Producer::SendResult::queued);
  }
  ASSERT_TRUE(producer.flush(seconds{20}));
  for (const auto& record : read_topic(cluster_.bootstrap_servers(), "events", kPartitions, murmur2.size())) {
    EXPECT_EQ(record.partition, (murmur2.at(*record.key) & 0x7fffffffU) % kPartitions) << *record.key;
  }
}

TEST_F(ReplayMockClusterTest, NamesATopicThatIsMissingAndGoesOnWhenItIsMade) {
  cluster_.hide_topic("events", true);
  Producer producer(producer_options());
  std::string told;
  ReplayHooks hooks;
  hooks.on_progress = [&](const ReplayProgress& progress) {
    if (told.empty() && !progress.trouble.empty()) {
      told = progress.trouble;
      cluster_.hide_topic("events", false);
    }
  };
  const auto result =
      replay(first(10), producer, {.topic = "events", .progress_interval = milliseconds{50}}, hooks, {});
  EXPECT_THAT(told, testing::AllOf(testing::HasSubstr("topic events"), testing::HasSubstr("Unknown topic")));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.delivered, 10);
  EXPECT_EQ(result.progress.trouble, "") << "what is over is not told again";
  EXPECT_LT(result.progress.elapsed, seconds{10} * test::kPatience);
}

TEST_F(ReplayMockClusterTest, GivesUpWithTheReasonThatTheTopicIsMissing) {
  cluster_.hide_topic("events", true);
  Producer producer(producer_options());
  const auto result =
      replay(first(10), producer, {.topic = "events", .flush_timeout = milliseconds{500}}, {}, {});
  EXPECT_THAT(result.error, testing::AllOf(testing::HasSubstr("10 of 10"), testing::HasSubstr("topic events"),
                                           testing::HasSubstr("Unknown topic")));
}

TEST_F(ReplayMockClusterTest, TellsNoTroubleThatIsOver) {
  Producer producer(producer_options());
  cluster_.stop_broker();
  ASSERT_EQ(producer.send({"events", "u", "{}", {}}), Producer::SendResult::queued);
  ASSERT_TRUE(test::wait_until([&] { return !producer.trouble().empty(); }));
  cluster_.start_broker();
  ASSERT_TRUE(producer.flush(seconds{20} * test::kPatience));
  EXPECT_EQ(producer.trouble(), "");
  EXPECT_NE(producer.last_error(), "");
}

// librdkafka looks for the other topics of a subscription only every five minutes.
TEST_F(ReplayMockClusterTest, AConsumerNamesATopicThatIsMissingAndTakesItUpSoonAfterItIsMade) {
  cluster_.create_topic("later", kPartitions, 2);
  cluster_.hide_topic("later", true);
  config::KafkaOptions options;
  options.brokers = cluster_.bootstrap_servers();
  options.topics = {"events", "later"};
  options.group = "g";
  // The mock cluster holds back who joins again until a session is over.
  options.properties = {{"session.timeout.ms", std::to_string(3000 * test::kPatience)},
                        {"heartbeat.interval.ms", "100"}};
  std::vector<TopicPartition> assigned;
  KafkaConsumer consumer(options, "a", 1,
                         {[&](const auto& partitions) {
                            assigned = partitions;
                            consumer.assign({});
                          },
                          [](const auto&) {}, [](const auto&) {}});
  consumer.subscribe();
  const auto serve_until = [&](const auto& condition, seconds at_most = seconds{20}) {
    return test::wait_until(
        [&] {
          consumer.serve(milliseconds{20});
          return condition();
        },
        at_most);
  };
  ASSERT_TRUE(serve_until([&] { return assigned.size() == kPartitions; }));
  EXPECT_THAT(consumer.missing_topics(), testing::ElementsAre("later"));
  EXPECT_GE(consumer.counters().errors, 1);
  cluster_.hide_topic("later", false);
  EXPECT_TRUE(serve_until([&] { return consumer.missing_topics().empty(); }, seconds{10}));
  EXPECT_TRUE(serve_until([&] { return assigned.size() == 2 * kPartitions; }));
  consumer.close(seconds{5});
}

// The mock cluster does not know a batch that it is sent again, so that nothing is doubled is shown by a real
// broker (replay_broker_test.cpp).
TEST_F(ReplayMockClusterTest, LosesNothingWhenConnectionsAreCut) {
  constexpr int kEvents = 3'000;
  const std::array errors = {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                             RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT};
  Producer producer(producer_options());
  cluster_.fail_requests(MockCluster::Api::produce, errors);
  const auto result =
      replay(first(kEvents), producer, {.topic = "events", .events_per_second = 6'000}, {}, {});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.delivered, kEvents);
  std::set<std::string> sent;
  std::set<std::string> found;
  for (auto next = first(kEvents); const auto event = next();) sent.insert(event_json(*event));
  for (const auto& record :
       read_topic(cluster_.bootstrap_servers(), "events", kPartitions, 2 * kEvents, seconds{3})) {
    found.insert(record.payload.value());
  }
  EXPECT_EQ(found, sent);
}

TEST_F(ReplayMockClusterTest, WaitsForRoomInABoundedQueueWhileABrokerIsDown) {
  constexpr int kEvents = 5'000;
  auto options = producer_options();
  options.max_queued_records = 1'000;
  Producer producer(options);
  cluster_.stop_broker();
  auto running = std::async(std::launch::async, [&] {
    return replay(first(kEvents), producer, {.topic = "events", .flush_timeout = seconds{60}}, {}, {});
  });
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  while (producer.queued() < 1'000 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(running.wait_for(milliseconds{300}), std::future_status::timeout);
  EXPECT_LE(producer.queued(), 1'001);
  EXPECT_EQ(producer.delivered(), 0);
  cluster_.start_broker();
  const auto result = running.get();
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.progress.delivered, kEvents);
}

TEST_F(ReplayMockClusterTest, StopsInBoundedTimeAndTellsWhatWasNotDelivered) {
  Producer producer(producer_options());
  cluster_.stop_broker();
  std::stop_source stop;
  auto running = std::async(std::launch::async, [&] {
    return replay(first(1'000'000), producer,
                  {.topic = "events", .events_per_second = 1'000, .flush_timeout = milliseconds{200}}, {},
                  stop.get_token());
  });
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  while (producer.queued() < 10 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  stop.request_stop();
  ASSERT_EQ(running.wait_for(seconds{10}), std::future_status::ready);
  const auto result = running.get();
  EXPECT_TRUE(result.stopped);
  EXPECT_THAT(result.error, testing::HasSubstr("were not delivered"));
}

TEST_F(ReplayMockClusterTest, NeverRunsFurtherAheadThanTheWindow) {
  constexpr int kEvents = 5'000;
  constexpr std::int64_t kWindow = 64 * 1024;
  SendWindow window(kWindow);
  std::mutex mutex;
  std::map<PartitionId, std::int64_t> unapplied;
  std::int64_t most = 0;
  std::map<PartitionId, Offset> delivered;
  auto options = producer_options();
  Producer producer(options, [&](const Delivery& delivery) {
    window.on_delivery(delivery);
    const std::lock_guard lock(mutex);
    most = std::max(most, unapplied[delivery.partition] += static_cast<std::int64_t>(delivery.bytes));
    delivered[delivery.partition] = delivery.offset;
  });
  std::jthread consumer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const std::lock_guard lock(mutex);
      for (const auto& [partition, offset] : delivered) {
        unapplied[partition] = 0;
        window.on_applied(partition, Offset{static_cast<std::int64_t>(offset) + 1});
      }
    }
  });
  const auto result = replay(first(kEvents), producer, {.topic = "events"},
                             {.may_send = [&] { return window.open(); },
                              .on_send = [&](std::size_t bytes) { window.on_send(bytes); },
                              .on_progress = {}},
                             {});
  EXPECT_EQ(result.progress.delivered, kEvents);
  EXPECT_LE(most, kWindow + 1'000);
  EXPECT_GT(most, 0);
}

TEST_F(ReplayMockClusterTest, KeepsToItsRate) {
  Producer producer(producer_options());
  const auto result = replay(first(500), producer, {.topic = "events", .events_per_second = 1'000}, {}, {});
  EXPECT_GE(result.progress.elapsed, milliseconds{490});
  EXPECT_EQ(result.progress.delivered, 500);
}

TEST_F(ReplayMockClusterTest, EndsWhenTheBrokersRefuseForGood) {
  auto options = producer_options();
  options.properties["message.max.bytes"] = "1000";
  Producer producer(options);
  const std::string big(2'000, 'x');
  EXPECT_EQ(producer.send({"events", "k", big, {}}), Producer::SendResult::refused);
  EXPECT_THAT(producer.last_error(), testing::HasSubstr("MSG_SIZE_TOO_LARGE"));
  const auto result = replay(
      [&big]() -> std::optional<FileEvent> { return FileEvent{"u", big, "view", 1, true, from_unix_ms(1)}; },
      producer, {.topic = "events"}, {}, {});
  EXPECT_THAT(result.error, testing::HasSubstr("MSG_SIZE_TOO_LARGE"));
}

}  // namespace
}  // namespace sluice::ingest

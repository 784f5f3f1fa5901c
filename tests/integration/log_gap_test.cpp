#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "ingest/kafka_consumer.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

// The mock cluster keeps the latest 5 MiB of a partition: what is sent beyond eats the offset of a service
// that is down.
class LogGap : public ServiceTest {
 protected:
  static constexpr std::size_t kEvents = 2000;
  static constexpr std::size_t kLong = 20'000;

  LogGap() : sender_(cluster_.bootstrap_servers()) {}

  // The first events are applied and in a snapshot; then comes more than the log can hold.
  void outrun(SluiceService& service) {
    sender_.send(make_events(0, kEvents, 100, 50));
    service.start();
    ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == kEvents; }));
    for (int i = 0; i < kPartitions; ++i) {
      applied_.push_back(service.number("applied.events." + std::to_string(i)));
    }
    ASSERT_EQ(service.stop(), 0);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < kLong; ++i) {
      std::string noise;  // which no compression makes shorter
      while (noise.size() < 1000) noise += std::to_string(random());
      sender_.send_raw("u" + std::to_string(i % 100),
                       R"({"user":"u)" + std::to_string(i % 100) + R"(","item":"i1","timestamp":)" +
                           std::to_string(1'700'000'000'000 + static_cast<std::int64_t>(i)) +
                           R"(,"noise":")" + noise + R"("})");
    }
    sender_.flush();
  }

  // Records that the log no longer has, of those that were never applied.
  [[nodiscard]] std::int64_t count_lost() {
    config::KafkaOptions kafka;
    kafka.brokers = cluster_.bootstrap_servers();
    kafka.topics = {"events"};
    ingest::KafkaConsumer observer(kafka, "observer", 1, {});
    std::int64_t lost = 0;
    for (int i = 0; i < kPartitions; ++i) {
      const auto log = observer.query_watermarks({"events", PartitionId{i}}, seconds{20});
      const auto begin = log ? static_cast<std::int64_t>(log->low) : 0;
      EXPECT_GT(begin, applied_[static_cast<std::size_t>(i)]) << "partition " << i << " lost nothing";
      lost += begin - applied_[static_cast<std::size_t>(i)];
    }
    return lost;
  }

  EventSender sender_;
  std::vector<std::int64_t> applied_;  // by partition, when the service stopped
};

TEST_F(LogGap, StopsTheServiceWithTheCountWhereThePolicyIsToFail) {
  SluiceService service(setup());
  outrun(service);
  ASSERT_GT(count_lost(), 0);
  service.start();
  EXPECT_EQ(service.wait_for_exit(seconds{30}), 3);
  EXPECT_THAT(service.log(), testing::HasSubstr("kafka.on_log_gap"));
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--items")), kEvents) << "nothing was changed";
}

TEST_F(LogGap, IsCountedExactlyAndPassedWhereThePolicyIsToContinue) {
  ServiceSetup settings = setup();
  settings.overrides["kafka.on_log_gap"] = "continue";
  SluiceService service(settings);
  outrun(service);
  const std::int64_t lost = count_lost();
  ASSERT_GT(lost, 0);
  const auto sent = static_cast<std::int64_t>(kEvents + kLong);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == sent; }));
  EXPECT_EQ(service.number("log_gaps"), kPartitions);
  EXPECT_EQ(service.number("lost_records"), lost);
  EXPECT_EQ(service.number("events"), sent - lost);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--items")), static_cast<std::uint64_t>(sent - lost));
}

TEST_F(LogGap, AnotherLogUnderTheSameNameIsAGapWithoutANumber) {
  ServiceSetup settings = setup();
  sender_.send(make_events(0, kEvents, 100, 50));
  {
    SluiceService service(settings);
    service.start();
    ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == kEvents; }));
    EXPECT_EQ(service.stop(), 0);
  }
  ingest::MockCluster anew;
  anew.create_topic("events", kPartitions);
  anew.create_topic("events.dead", 1);
  EventSender(anew.bootstrap_servers()).send(make_events(0, 500, 100, 50));
  settings.brokers = anew.bootstrap_servers();
  SluiceService refused(settings);
  refused.start();
  EXPECT_EQ(refused.wait_for_exit(seconds{30}), 3);
  settings.overrides["kafka.on_log_gap"] = "continue";
  SluiceService service(settings);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.number("events") == kEvents + 500; }));
  EXPECT_EQ(service.number("log_gaps"), kPartitions);
  EXPECT_EQ(service.number("lost_records"), 0);
  EXPECT_EQ(service.stop(), 0);
  // Offsets of the log before are higher, in files that are still there.
  settings.overrides["kafka.on_log_gap"] = "fail";
  EventSender(anew.bootstrap_servers()).send(make_events(500, 100, 100, 50));
  SluiceService again(settings);
  again.start();
  EXPECT_TRUE(wait_until([&] { return again.number("events") == kEvents + 600; })) << again.number("events");
  EXPECT_EQ(again.stop(), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(settings), "--users")), kEvents + 600);
}

// Kafka drops a group's commits with the topic; here the new cluster knows of none.
TEST_F(LogGap, ALongerLogUnderTheSameNameIsNotTakenForTheOldOne) {
  ServiceSetup settings = setup();
  settings.overrides["snapshot.interval"] = "1s";
  sender_.send(make_events(0, 500, 100, 50));
  {
    SluiceService service(settings);
    service.start();
    ASSERT_TRUE(
        wait_until([&] { return service.sum("applied.") == 500 && service.sum("committed.") == 500; }));
    EXPECT_EQ(service.stop(), 0);
  }
  {
    SluiceService service(settings);
    service.start();
    EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 500; })) << "its own log is no other one";
    EXPECT_EQ(service.stop(), 0);
  }
  ingest::MockCluster anew;
  anew.create_topic("events", kPartitions);
  anew.create_topic("events.dead", 1);
  EventSender(anew.bootstrap_servers()).send(make_events(0, kEvents, 100, 50));
  settings.brokers = anew.bootstrap_servers();
  SluiceService refused(settings);
  refused.start();
  EXPECT_EQ(refused.wait_for_exit(seconds{30}), 3);
  EXPECT_THAT(refused.log(), testing::HasSubstr("it is another log"));
  settings.overrides["kafka.on_log_gap"] = "continue";
  SluiceService service(settings);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.number("events") == 500 + kEvents; }));
  EXPECT_EQ(service.number("log_gaps"), kPartitions);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace sluice::test

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "kafka/broker_process.h"
#include "sink/redis_process.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

// What the mock cluster shows too, against a real broker.
class RunServiceOnABroker : public testing::Test {
 protected:
  void SetUp() override {
    if (!broker_.available()) {
      if (std::getenv("SLUICE_REQUIRE_BROKER") != nullptr) FAIL() << "no Kafka broker: " << broker_.output();
      GTEST_SKIP() << "NO KAFKA BROKER HERE, NOT TESTED: " << broker_.output();
    }
    auto redis = sink::RedisProcess::start();
    ASSERT_TRUE(redis.ok()) << redis.error();
    redis_ = std::move(redis.value());
  }

  [[nodiscard]] ServiceSetup setup() const {
    return {.instance = "a",
            .brokers = broker_.bootstrap_servers(),
            .redis_url = redis_->url(),
            .folder = folder_.path(),
            .overrides = {{"kafka.dead_letter_topic", "events.dead"}}};
  }

  tests::BrokerProcess broker_;
  TemporaryFolder folder_;
  std::unique_ptr<sink::RedisProcess> redis_;
};

TEST_F(RunServiceOnABroker, TenThousandEventsOneInAHundredBrokenComeOutExactOverAKillNine) {
  EventSender sender(broker_.bootstrap_servers());
  const auto events = make_events(0, 9'900, 300, 100);
  const auto send_part = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      sender.send({events.begin() + static_cast<std::ptrdiff_t>(99 * i),
                   events.begin() + static_cast<std::ptrdiff_t>(99 * (i + 1))});
      sender.send_raw("u1",
                      i % 2 == 0 ? "{\"user\": " : R"({"user":"u1","item":"","timestamp":1700000000000})");
    }
    sender.flush();
  };
  send_part(0, 50);
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 5000 && service.number("snapshots") >= 1; },
                         seconds{40}));
  send_part(50, 100);
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > 5000; }));
  service.kill();
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 10'000; }, seconds{40}));
  EXPECT_EQ(service.number("events"), 9'900);
  EXPECT_EQ(service.sum("dead."), 100);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  if (HasFailure()) std::fprintf(stderr, "%s\n", service.log().c_str());
}

}  // namespace
}  // namespace sluice::test

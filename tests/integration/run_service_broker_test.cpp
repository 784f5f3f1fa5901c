#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/broker_process.h"
#include "kafka/topic_admin.h"
#include "kafka/topic_reader.h"
#include "kafka/transaction.h"
#include "sink/redis_process.h"
#include "support/broken_events.h"
#include "support/checker.h"
#include "support/kill_rounds.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

// What the mock cluster shows too, against a real broker; and what it cannot show.
class RunServiceOnABroker : public testing::Test {
 protected:
  static constexpr int kPartitions = 2;

  void SetUp() override {
    if (!broker_.available()) {
      if (std::getenv("SLUICE_REQUIRE_BROKER") != nullptr) FAIL() << "no Kafka broker: " << broker_.output();
      GTEST_SKIP() << "NO KAFKA BROKER HERE, NOT TESTED: " << broker_.output();
    }
    auto redis = sink::RedisProcess::start();
    ASSERT_TRUE(redis.ok()) << redis.error();
    redis_ = std::move(redis.value());
    ASSERT_EQ(tests::TopicAdmin(brokers()).create("events", kPartitions), "");
    ASSERT_EQ(tests::TopicAdmin(brokers()).create("events.dead", 1), "");
  }

  [[nodiscard]] const std::string& brokers() const { return broker_.bootstrap_servers(); }
  [[nodiscard]] ServiceSetup setup(const std::string& instance = "a") const {
    return {.instance = instance,
            .brokers = brokers(),
            .redis_url = redis_->url(),
            .folder = folder_.path(),
            .overrides = {{"kafka.dead_letter_topic", "events.dead"},
                          {"kafka.properties.reconnect.backoff.max.ms", "500"},
                          {"kafka.properties.topic.metadata.refresh.interval.ms", "1000"}}};
  }

  tests::BrokerProcess broker_;
  TemporaryFolder folder_;
  std::unique_ptr<sink::RedisProcess> redis_;
};

TEST_F(RunServiceOnABroker, AHundredEventsBrokenInTenWaysAreDeadLettersWithReasonsAndTheRestIsExact) {
  EventSender sender(brokers());
  const auto events = make_events(0, 9'900, 300, 100);
  for (std::size_t i = 0; i < 100; ++i) {
    sender.send({events.begin() + static_cast<std::ptrdiff_t>(99 * i),
                 events.begin() + static_cast<std::ptrdiff_t>(99 * (i + 1))});
    sender.send_raw("u1", std::string(kBrokenEvents[i % kBrokenEvents.size()].payload));
  }
  sender.flush();
  SluiceService service(setup());
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 10'000; }, seconds{40}));
  EXPECT_TRUE(wait_until([&] { return service.number("events") == 9'900 && service.sum("dead.") == 100; }));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  std::map<std::string, int> reasons;
  const auto letters = tests::read_topic(brokers(), "events.dead", 1, 101, seconds{5});
  EXPECT_EQ(letters.size(), 100U);
  for (const auto& letter : letters) ++reasons[letter.header("sluice.reason")];
  for (const auto& [reason, payload] : kBrokenEvents) {
    EXPECT_EQ(reasons[std::string(reason)], reason == "not_json" ? 20 : 10) << reason;
  }
}

TEST_F(RunServiceOnABroker, CountsAndDeadLettersComeOutExactOverKillNineAndSigtermUnderLoad) {
  ServiceSetup settings = setup();
  settings.overrides[std::string("events.types.") + ProducedLog::kFilteredType] = "0";
  EventSender sender(brokers());
  const Checker checker(settings, sender.produced());
  sender.send_mixture(0, 10'000, 500, 200);
  SluiceService service(settings);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("committed.") == 10'000; }, seconds{40}));
  sender.send_mixture(10'000, 10'000, 500, 200);
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > 10'000; }));
  service.kill();
  checker.check_commits();
  checker.check_state(Checker::Prefix::any);
  sender.send_mixture(20'000, 20'000, 500, 200);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > 10'000; }, seconds{40}));
  EXPECT_EQ(service.stop(seconds{10}), 0);
  checker.check_commits();
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 40'000; }, seconds{40}));
  EXPECT_EQ(service.stop(), 0);
  checker.check_commits();
  checker.check_state(Checker::Prefix::whole);
  checker.check_dead_letters("events.dead");
  EXPECT_GT(check_lists(redis_->url()), 0U);
}

TEST_F(RunServiceOnABroker, KillNineAtRandomMomentsUnderLoadLosesAndDoublesNothing) {
  ServiceSetup settings = setup();
  settings.overrides["epoch.max_wait"] = "5ms";
  settings.overrides[std::string("events.types.") + ProducedLog::kFilteredType] = "0";
  const char* const wanted = std::getenv("SLUICE_TEST_LONG");
  kill_at_random_moments(settings, wanted != nullptr && std::string(wanted) == "1" ? 200 : 60);
}

TEST_F(RunServiceOnABroker, RecordsOfAbortedTransactionsAreInvisible) {
  const auto events = make_events(0, 3000, 100, 50);
  const auto records = [&](std::size_t from, std::size_t to) {
    std::vector<tests::TransactionalSender::KeyAndValue> made;
    for (std::size_t i = from; i < to; ++i) made.emplace_back(events[i].user, to_json(events[i]));
    return made;
  };
  using End = tests::TransactionalSender::End;
  tests::TransactionalSender sender(brokers(), "events");
  sender.send(records(0, 1000), End::commit);
  sender.send(records(1000, 2000), End::abort);
  sender.send(records(2000, 3000), End::commit);
  SluiceService service(setup());
  service.start();
  EXPECT_TRUE(
      wait_until([&] { return service.number("events") == 2000 && service.sum("lag.") == 0; }, seconds{40}));
  EXPECT_GT(service.number("holes"), 1000) << "the aborted ones, and the markers";
  EXPECT_EQ(service.number("log_gaps"), 0);
  EXPECT_EQ(service.stop(), 0);
  auto items = count_items(events);
  for (std::size_t i = 1000; i < 2000; ++i) --items[events[i].item];
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), items);
}

TEST_F(RunServiceOnABroker, TwoInstancesShareThePartitionsAndASurvivorTakesOver) {
  EventSender sender(brokers());
  const auto events = make_events(0, 20'000, 400, 100);
  sender.send({events.begin(), events.begin() + 10'000});
  SluiceService a(setup("a"));
  SluiceService b(setup("b"));
  a.start();
  b.start();
  const auto shares = [&] { return a.sum("applied.") > 0 && b.sum("applied.") > 0; };
  ASSERT_TRUE(
      wait_until([&] { return shares() && a.sum("applied.") + b.sum("applied.") == 10'000; }, seconds{60}));
  a.kill();
  sender.send({events.begin() + 10'000, events.end()});
  EXPECT_TRUE(wait_until([&] { return b.sum("applied.") == 20'000; }, seconds{60})) << b.sum("applied.");
  EXPECT_EQ(b.stop(), 0);
  const auto users = inspect(snapshot_folder(setup()), "--users");
  EXPECT_EQ(users.size(), 400U);
  EXPECT_EQ(total(users), 20'000U);
}

TEST_F(RunServiceOnABroker, ABrokerThatIsKilledAndComesBackLosesAndDoublesNothing) {
  EventSender sender(brokers());
  const auto events = make_events(0, 20'000, 400, 100);
  sender.send({events.begin(), events.begin() + 10'000});
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("committed.") == 10'000; }, seconds{40}));
  broker_.kill();
  ASSERT_TRUE(wait_until([&] { return service.number("errors.kafka") > 0; }));
  ASSERT_TRUE(wait_until([&] { return service.status()["kafka"] == "away"; }));
  broker_.start();
  ASSERT_TRUE(broker_.available()) << broker_.output();
  EXPECT_TRUE(wait_until([&] { return service.status()["kafka"] == "connected"; }, seconds{60}));
  sender.send({events.begin() + 10'000, events.end()});
  EXPECT_TRUE(wait_until([&] { return service.sum("committed.") == 20'000; }, seconds{60}));
  EXPECT_EQ(service.number("events"), 20'000);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
}

TEST_F(RunServiceOnABroker, PartitionsThatAreAddedWhileItRunsAreReadFromTheirBeginning) {
  const auto events = make_events(0, 20'000, 400, 100);
  EventSender(brokers()).send({events.begin(), events.begin() + 10'000});
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 10'000; }, seconds{40}));
  ASSERT_EQ(tests::TopicAdmin(brokers()).add_partitions("events", 2 * kPartitions), "");
  // Users are spread anew; a new sender knows of it from its start.
  ASSERT_TRUE(wait_until([&] { return service.status().contains("applied.events.3"); }, seconds{60}));
  EventSender(brokers()).send({events.begin() + 10'000, events.end()});
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 20'000; }, seconds{60}));
  EXPECT_GT(service.number("applied.events.3"), 0);
  // Users move, and are counted, at the end of an epoch.
  EXPECT_TRUE(wait_until([&] { return service.number("moved_users") > 0; }));
  EXPECT_TRUE(wait_until([&] { return service.number("users") == 400; })) << "each is in one partition alone";
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--users")), 20'000U);
}

TEST_F(RunServiceOnABroker, RetentionThatEatsTheOffsetIsCountedExactlyAtTheStartAndWhileItRuns) {
  ServiceSetup settings = setup();
  settings.overrides["kafka.on_log_gap"] = "continue";
  EventSender sender(brokers());
  sender.send(make_events(0, 4000, 100, 50));
  SluiceService service(settings);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 4000; }, seconds{40}));
  const std::int64_t first = service.number("applied.events.0");
  EXPECT_EQ(service.stop(), 0);
  sender.send(make_events(4000, 4000, 100, 50));
  ASSERT_EQ(tests::TopicAdmin(brokers()).delete_records_before("events", 0, first + 300), "");
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 8000; }, seconds{40}));
  EXPECT_EQ(service.number("lost_records"), 300);
  EXPECT_EQ(service.number("events"), 8000 - 300);

  const std::int64_t second = service.number("applied.events.1");
  service.send_signal(SIGSTOP);
  sender.send(make_events(8000, 4000, 100, 50));
  EXPECT_EQ(tests::TopicAdmin(brokers()).delete_records_before("events", 1, second + 500), "");
  service.send_signal(SIGCONT);
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 12'000; }, seconds{30}));
  EXPECT_EQ(service.number("log_gaps"), 2);
  EXPECT_EQ(service.stop(), 0);
  const auto applied = total(inspect(snapshot_folder(settings), "--items"));
  // What a fetch had brought before the stop was not lost.
  EXPECT_GE(applied, 12'000U - 300 - 500);
  EXPECT_LE(applied, 12'000U - 300);
}

TEST_F(RunServiceOnABroker, ATopicMadeAnewWithALongerLogIsNotTakenForTheOldOne) {
  ServiceSetup settings = setup();
  EventSender(brokers()).send(make_events(0, 1000, 100, 50));
  {
    SluiceService service(settings);
    service.start();
    ASSERT_TRUE(wait_until([&] { return service.sum("committed.") == 1000; }, seconds{40}));
    EXPECT_EQ(service.stop(), 0);
  }
  tests::TopicAdmin admin(brokers());
  ASSERT_EQ(admin.remove("events"), "");
  ASSERT_TRUE(wait_until([&] { return admin.create("events", kPartitions).empty(); }));
  EventSender(brokers()).send(make_events(0, 3000, 100, 50));
  SluiceService refused(settings);
  refused.start();
  EXPECT_EQ(refused.wait_for_exit(seconds{40}), 3);
  EXPECT_NE(refused.log().find("it is another log"), std::string::npos) << refused.log();
  settings.overrides["kafka.on_log_gap"] = "continue";
  SluiceService service(settings);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.number("events") == 1000 + 3000; }, seconds{40}));
  EXPECT_EQ(service.number("log_gaps"), kPartitions);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace sluice::test

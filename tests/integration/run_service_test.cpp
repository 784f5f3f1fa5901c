#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/topic_reader.h"
#include "sink/http_server.h"
#include "sink/reader.h"
#include "sink/redis_connection.h"
#include "support/broken_events.h"
#include "support/http_client.h"
#include "support/run_program.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

class RunService : public ServiceTest {};

TEST_F(RunService, LearnsEveryEventPublishesEveryUserAndStopsInGoodOrder) {
  const auto events = make_events(0, 5000, 100, 50);
  EventSender(cluster_.bootstrap_servers()).send(events);
  SluiceService service(setup());
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 5000; }));
  EXPECT_TRUE(wait_until([&] { return service.number("lists") >= 100 && service.number("dirty") == 0; }));
  EXPECT_EQ(service.sum("lag."), 0);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));

  auto reader = sink::Reader::connect(redis_options());
  ASSERT_TRUE(reader.ok());
  for (int user = 0; user < 100; ++user) {
    const auto found = reader.value().lookup("u" + std::to_string(user));
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found.value().source, sink::Lookup::Source::user) << user;
    EXPECT_EQ(found.value().list.items.size(), 20u) << user;
  }
}

// Each shard holds 24,000 rows ready for them, and one user's events all come to one shard.
TEST_F(RunService, NewItemsEndTheEpochWhateverTheOptionsSay) {
  constexpr std::size_t kEvents = 26'000;
  std::vector<TestEvent> events;
  for (std::size_t k = 0; k < kEvents; ++k) {
    events.push_back({"u", "i" + std::to_string(k), 1'700'000'000'000 + static_cast<std::int64_t>(k)});
  }
  EventSender(cluster_.bootstrap_servers()).send(events);
  ServiceSetup made = setup();
  made.overrides["epoch.max_events"] = "10000000";
  made.overrides["epoch.max_wait"] = "60s";
  made.overrides["epoch.max_span"] = "1d";
  made.overrides["snapshot.interval"] = "60s";  // a snapshot ends an epoch, too
  SluiceService service(made);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == kEvents; }, seconds{60}));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(made), "--items").size(), kEvents);
}

TEST_F(RunService, StatusAndPopularListShowTheLastEventsThoughNoneFollow) {
  ServiceSetup made = setup();
  made.overrides["publish.popular_interval"] = "3s";
  made.overrides["publish.live_interval"] = "3s";
  EventSender sender(cluster_.bootstrap_servers());
  sender.send(make_events(0, 1000, 50, 40));
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.number("users") == 50; }));
  const auto popular_epoch = [&]() -> std::int64_t {
    auto reader = sink::Reader::connect(redis_options());
    const auto found = reader.value().lookup("nobody");
    return found.ok() ? static_cast<std::int64_t>(found.value().list.epoch) : -1;
  };
  ASSERT_TRUE(wait_until([&] { return popular_epoch() >= 0; }));
  const std::int64_t before = popular_epoch();
  // Both were just made anew, and are not again for three seconds.
  sender.send(make_events(1000, 1000, 70, 40));
  EXPECT_TRUE(wait_until([&] { return service.number("users") == 70; }));
  EXPECT_TRUE(wait_until([&] { return popular_epoch() > before; }));
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(RunService, LiveListsAndTheFunctionThatReadsThemOutliveAKilledService) {
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 3000, 60, 150));
  ServiceSetup made = setup();
  made.overrides["publish.live_ttl"] = "5s";
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 3000 && service.number("dirty") == 0; }));
  auto connection = sink::RedisConnection::connect(redis_options());
  ASSERT_TRUE(connection.ok());
  const auto merged = [&] {
    auto reader = sink::Reader::connect(redis_options());
    const auto found = reader.value().lookup("u1");
    return found.ok() && found.value().merged;
  };
  const auto entries_by_function = [&] {
    const auto reply = connection.value()->run({"FCALL_RO", "sluice_top", "1", "sluice:user:u1", "10"});
    return reply.ok() ? reply.value().view().size() / 2 : 0;
  };
  EXPECT_TRUE(wait_until(merged));
  EXPECT_EQ(service.status()["redis_function"], "loaded");
  service.kill();
  EXPECT_TRUE(merged());
  EXPECT_EQ(entries_by_function(), 10U);
  EXPECT_TRUE(wait_until([&] { return !merged(); }));
  EXPECT_EQ(entries_by_function(), 10U);
}

// What readers are shown, as text.
class ShownLists {
 public:
  explicit ShownLists(const config::RedisOptions& redis)
      : connection_(std::move(sink::RedisConnection::connect(redis).value())) {}

  std::string run(std::initializer_list<std::string_view> command) {
    const auto reply = connection_->run(command);
    return reply.ok() ? std::string(reply.value().view().text()) : reply.error().text;
  }
  // Lists that nobody here made, in the place of one user's, everybody's and a live one.
  void put_marks() {
    for (const auto& [key, user] : kKeys) {
      run({"SET", key,
           R"({"v":1,"user":")" + std::string(user) + R"(","items":[)" + std::string(kEntry) + "]}"});
    }
    run({"SET", kLive, R"({"v":1,"context":0,"items":[["mark",1]]})"});
  }
  [[nodiscard]] bool has_all_marks() { return count_marks() == kKeys.size() + 1; }
  [[nodiscard]] bool has_a_mark() { return count_marks() > 0; }

 private:
  static constexpr std::string_view kEntry = R"({"id":"mark","score":1,"why":[]})";
  static constexpr std::string_view kLive = "sluice:live:0";
  static constexpr auto kKeys = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"sluice:user:u1", "u1"}, {"sluice:popular", ""}});

  std::size_t count_marks() {
    std::size_t marks = run({"GET", kLive}).find("mark") != std::string::npos ? 1 : 0;
    for (const auto& [key, user] : kKeys) {
      if (run({"GET", key}).find("mark") != std::string::npos) ++marks;
    }
    return marks;
  }

  std::unique_ptr<sink::RedisConnection> connection_;
};

// It goes on for so long, and says so.
bool lives_on(const SluiceService& service, std::chrono::milliseconds time) {
  const std::int64_t from = service.number("updated_at_ms");
  return wait_until([&] { return service.number("updated_at_ms") >= from + time.count(); });
}

TEST_F(RunService, FirstUsersOfANewDeploymentGetTheItemsThatThereAre) {
  constexpr std::size_t kUsers = 6;
  ServiceSetup made = setup();
  made.overrides["shards"] = "2";
  EventSender sender(cluster_.bootstrap_servers());
  sender.send(make_events(0, kUsers, kUsers, 6));
  SluiceService service(made);
  service.start();
  bool was_empty = false;
  const auto all_have = [&](std::size_t entries) {
    auto reader = sink::Reader::connect(redis_options());
    bool all = reader.ok();
    for (std::size_t user = 0; user < kUsers && all; ++user) {
      const auto found = reader.value().lookup("u" + std::to_string(user), sink::Reader::Merge::off);
      const bool own = found.ok() && found.value().source == sink::Lookup::Source::user;
      if (own && found.value().list.items.empty()) was_empty = true;
      all = own && found.value().list.items.size() == entries;
    }
    return all;
  };
  EXPECT_TRUE(wait_until([&] { return all_have(6); }));
  EXPECT_FALSE(was_empty);
  // One user brings the items that all others lack.
  sender.send(make_events(kUsers, 40, 1, 41));
  EXPECT_TRUE(wait_until([&] { return all_have(20); }));
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(RunService, WithoutKafkaNothingOfWhatIsShownChanges) {
  ShownLists shown(redis_options());
  shown.put_marks();
  ServiceSetup made = setup();
  made.brokers = "127.0.0.1:1";
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.status()["redis_function"] == "loaded"; }));
  EXPECT_TRUE(lives_on(service, seconds{1}));
  EXPECT_TRUE(shown.has_all_marks());
  EXPECT_EQ(service.stop(), 0);
  EXPECT_TRUE(shown.has_all_marks());
}

TEST_F(RunService, ListsWaitUntilWhatTheyAreMadeFromIsAtLeastWhatIsShown) {
  ServiceSetup made = quick_setup();
  made.overrides["publish.max_age"] = "1s";  // all lists would be made again soon
  EventSender sender(cluster_.bootstrap_servers());
  sender.send(make_events(0, 500, 20, 40));
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 500 && service.number("lists") >= 20; }));
  ASSERT_EQ(service.stop(), 0);

  // As if it had gone on, and had lost its latest snapshots.
  sender.send(make_events(500, 500, 20, 40));
  ShownLists shown(redis_options());
  shown.put_marks();
  for (int i = 0; i < kPartitions; ++i) {
    const std::string field = "events/" + std::to_string(i);
    const std::int64_t applied =
        std::strtoll(shown.run({"HGET", "sluice:shown", field}).c_str(), nullptr, 10);
    EXPECT_GT(applied, 0);
    shown.run({"HSET", "sluice:shown", field, std::to_string(applied + 1)});
  }
  constexpr std::size_t kMore = 10'000;
  cluster_.fail_requests(Api::fetch, std::vector<rd_kafka_resp_err_t>(kMore, RD_KAFKA_RESP_ERR__TRANSPORT));
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.number("partitions_behind_shown") == kPartitions; }));
  EXPECT_TRUE(lives_on(service, seconds{2}));
  EXPECT_EQ(service.sum("applied."), 500);
  EXPECT_TRUE(shown.has_all_marks());
  cluster_.clear_failures(Api::fetch);
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 1000; }));
  EXPECT_TRUE(wait_until([&] { return !shown.has_a_mark(); }));
  EXPECT_EQ(service.number("partitions_behind_shown"), 0);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(RunService, CountsComeOutExactAfterKillNineInTheMiddleOfAReplay) {
  EventSender sender(cluster_.bootstrap_servers());
  const auto third = static_cast<std::ptrdiff_t>(load_of(10'000));
  const std::ptrdiff_t all = 3 * third;
  const auto events = make_events(0, static_cast<std::size_t>(all), 500, 200);
  sender.send({events.begin(), events.begin() + third});
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(
      wait_until([&] { return service.number("snapshots") >= 1 && service.sum("applied.") == third; }));
  sender.send({events.begin() + third, events.begin() + 2 * third});
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > third; }));
  service.kill();
  sender.send({events.begin() + 2 * third, events.end()});
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == all; }));
  EXPECT_GT(service.number("restored_at_ms"), 0);
  EXPECT_EQ(service.number("events"), all);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--users")), static_cast<std::uint64_t>(all));
}

TEST_F(RunService, SigtermUnderLoadEndsWithinTenSecondsWithoutLoss) {
  EventSender sender(cluster_.bootstrap_servers());
  const std::size_t all = load_of(40'000);
  const auto events = make_events(0, all, 1000, 300);
  sender.send(events);
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > 0; }));
  EXPECT_EQ(service.stop(seconds{10}), 0);
  const auto stopped_at = total(inspect(snapshot_folder(setup()), "--items"));
  EXPECT_GT(stopped_at, 0u);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == static_cast<std::int64_t>(all); }));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
}

TEST_F(RunService, TheHundredthEventThatIsBrokenIsADeadLetterAndTheRestIsLearned) {
  EventSender sender(cluster_.bootstrap_servers());
  const auto events = make_events(0, 9'900, 300, 100);
  for (std::size_t i = 0; i < 100; ++i) {
    sender.send({events.begin() + static_cast<std::ptrdiff_t>(99 * i),
                 events.begin() + static_cast<std::ptrdiff_t>(99 * (i + 1))});
    sender.send_raw("u1", std::string(kBrokenEvents[i % kBrokenEvents.size()].payload));
  }
  sender.flush();
  SluiceService service(setup());
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 10'000; }));
  EXPECT_TRUE(wait_until([&] { return service.sum("dead.") == 100; }));
  EXPECT_EQ(service.number("events"), 9'900);
  EXPECT_EQ(service.number("dead.not_json"), 20);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  std::map<std::string, int> reasons;
  for (const auto& letter : tests::read_topic(cluster_.bootstrap_servers(), "events.dead", 1, 100)) {
    ++reasons[letter.header("sluice.reason")];
  }
  for (const auto& [reason, payload] : kBrokenEvents) {
    EXPECT_EQ(reasons[std::string(reason)], reason == "not_json" ? 20 : 10) << reason;
  }
}

TEST_F(RunService, RedisThatComesBackEmptyGetsAllListsAgainWhileLearningGoesOn) {
  EventSender sender(cluster_.bootstrap_servers());
  sender.send(make_events(0, 5000, 200, 50));
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 5000 && service.number("dirty") == 0; }));
  const std::uint16_t port = redis_->port();
  redis_->kill();
  sender.send(make_events(5000, 5000, 10, 50));
  redis_ = start_redis(port);
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 10'000; }));
  auto reader = sink::Reader::connect(redis_options());
  ASSERT_TRUE(reader.ok());
  const auto lists = [&] {
    int found = 0;
    for (int user = 0; user < 200; ++user) {
      const auto list = reader.value().lookup("u" + std::to_string(user));
      found += list.ok() && list.value().source == sink::Lookup::Source::user ? 1 : 0;
    }
    return found;
  };
  EXPECT_TRUE(wait_until([&] { return lists() == 200; })) << lists();
  EXPECT_EQ(service.stop(), 0);
}

// Another instance, or the run before, looked at the empty Redis first and put the canary there.
TEST_F(RunService, ListsThatRedisLostWhileTheServiceWasDownComeBackAtOnce) {
  constexpr int kLosers = 300;
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 3000, kLosers, 50));
  ServiceSetup made = setup();
  made.overrides["publish.max_age"] = "1h";  // no list is written again for its age
  made.overrides["publish.ttl"] = "1d";
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 3000 && service.number("dirty") == 0; }));
  ASSERT_EQ(service.stop(), 0);
  const std::uint16_t port = redis_->port();
  redis_->kill();
  redis_ = start_redis(port);
  auto connection = sink::RedisConnection::connect(redis_options());
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE(connection.value()->run({"SET", "sluice:canary", "another-1"}).ok());
  service.start();
  const auto keys = [&] {
    const auto reply = connection.value()->run({"KEYS", "sluice:user:*"});
    return reply.ok() ? reply.value().view().size() : 0;
  };
  EXPECT_TRUE(wait_until([&] { return keys() == kLosers; })) << keys();
  EXPECT_EQ(service.number("redis_data_losses"), 0);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(RunService, StopsInTimeWithRedisDead) {
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 5000, 200, 50));
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 5000; }));
  redis_->kill();
  EXPECT_EQ(service.stop(seconds{10}), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--items")), 5000u);
}

TEST_F(RunService, StopsInTimeWithKafkaDead) {
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 5000, 200, 50));
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 5000; }));
  cluster_.stop_broker();
  EXPECT_EQ(service.stop(seconds{10}), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--items")), 5000u);
}

TEST_F(RunService, CommitsWithoutASnapshotAreRefusedUnlessAColdStartIsAllowed) {
  EventSender(cluster_.bootstrap_servers()).send(make_events(0, 2000, 50, 50));
  ServiceSetup cold = setup();
  {
    SluiceService service(cold);
    service.start();
    ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 2000; }));
    EXPECT_EQ(service.stop(), 0);
  }
  std::filesystem::remove_all(snapshot_folder(cold));
  SluiceService refused(cold);
  refused.start();
  EXPECT_EQ(refused.wait_for_exit(seconds{30}), 3);
  EXPECT_THAT(refused.log(), testing::HasSubstr("allow_cold_start"));
  cold.overrides["kafka.allow_cold_start"] = "true";
  SluiceService service(cold);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.number("cold_starts") == kPartitions; }));
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(RunService, ASecondProcessOfTheSameNameIsRefused) {
  SluiceService first(setup());
  first.start();
  ASSERT_TRUE(wait_until([&] { return !first.status().empty(); }));
  SluiceService second(setup());
  second.start();
  EXPECT_EQ(second.wait_for_exit(seconds{10}), 3);
  EXPECT_EQ(first.stop(), 0);
}

TEST_F(RunService, ATopicOfRubbishStopsTheServiceWithItsOwnExitCode) {
  EventSender sender(cluster_.bootstrap_servers());
  for (int i = 0; i < 12'000; ++i) sender.send_raw("k" + std::to_string(i), "rubbish");
  sender.flush();
  SluiceService service(setup());
  service.start();
  EXPECT_EQ(service.wait_for_exit(seconds{40}), 6);
  EXPECT_THAT(service.log(), testing::HasSubstr("max_bad_share"));
}

// A port that was free a moment ago.
std::uint16_t port_for_http() {
  const auto server = sink::HttpServer::start("127.0.0.1:0", {});
  return server.ok() ? server.value()->port() : std::uint16_t{0};
}

TEST_F(RunService, MetricsAreDeclaredAsPrometheusWantsThem) {
  EventSender sender(cluster_.bootstrap_servers());
  sender.send(make_events(0, 500, 20, 30));
  sender.send_raw("u1", "no JSON");
  sender.flush();
  const std::uint16_t port = port_for_http();
  ServiceSetup made = setup();
  made.overrides["http.listen"] = "127.0.0.1:" + std::to_string(port);
  made.overrides["kafka.control_topic"] = "controls";
  cluster_.create_topic("controls", 1);
  SluiceService service(made);
  service.start();
  ASSERT_TRUE(wait_until([&] {
    const std::string page = http_get(port, "/metrics");
    return page.find("sluice_dead_total{reason=\"not_json\"} 1\n") != page.npos &&
           page.find("sluice_events_total 500\n") != page.npos;
  }));
  const std::string page = http_get(port, "/metrics");
  const std::string text = page.substr(page.find("\r\n\r\n") + 4);
  // As a terminal that closes does.
  service.send_signal(SIGHUP);
  service.send_signal(SIGHUP);
  EXPECT_EQ(service.wait_for_exit(seconds{40}), 0);
  if (run_program({"/bin/sh", "-c", "command -v promtool"}).exit_code != 0) {
    GTEST_SKIP() << "promtool IS NOT INSTALLED (Debian: prometheus): /metrics was NOT checked by it";
  }
  const std::filesystem::path file = folder_.path() / "metrics";
  std::ofstream(file) << text;
  const ProgramResult checked =
      run_program({"/bin/sh", "-c", "promtool check metrics < \"$0\"", file.string()});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out + checked.err, "") << text;
}

}  // namespace
}  // namespace sluice::test

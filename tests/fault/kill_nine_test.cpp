#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ingest/kafka_consumer.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Kills while events stream in, each at a moment of its own, and looks after each whether the promises still
// hold.
class KillNine : public ServiceTest {
 protected:
  static int rounds() {
    const char* const wanted = std::getenv("SLUICE_TEST_LONG");
    return wanted != nullptr && std::string(wanted) == "1" ? 200 : 8;
  }

  static std::set<std::string> applied_partitions(const SluiceService& service) {
    std::set<std::string> names;
    for (const auto& [name, value] : service.status()) {
      if (name.starts_with("applied.")) names.insert(name);
    }
    return names;
  }

  // commit <= durable, by topic-partition.
  void expect_commits_behind_snapshots(int round) {
    config::KafkaOptions kafka;
    kafka.brokers = cluster_.bootstrap_servers();
    kafka.topics = {"events"};
    kafka.group = "test";
    ingest::KafkaConsumer observer(kafka, "observer", 1, {});
    std::vector<TopicPartition> partitions;
    for (int i = 0; i < kPartitions; ++i) partitions.push_back({"events", PartitionId{i}});
    const auto committed = observer.query_committed(partitions, seconds{10});
    ASSERT_TRUE(committed.has_value());
    if (committed->empty()) return;
    const auto found = sink::scan_snapshots(sink::real_file_system(), snapshot_folder(setup()), false);
    ASSERT_TRUE(found.newest.contains("a")) << "round " << round << ": commits without a snapshot";
    const auto snapshot = sink::read_snapshot_summary(sink::real_file_system(), found.newest.at("a"));
    ASSERT_TRUE(snapshot.summary.has_value());
    for (const auto& [partition, commit] : *committed) {
      EXPECT_LE(commit.offset, snapshot.summary->applied.at(partition)) << "round " << round;
    }
  }
};

TEST_F(KillNine, AtRandomMomentsUnderLoadLosesAndDoublesNothing) {
  const auto seed = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::size_t kEventsARound = 2000;
  const auto count = kEventsARound * static_cast<std::size_t>(rounds());
  const auto events = make_events(0, count, 200, 100);
  EventSender sender(cluster_.bootstrap_servers());
  ServiceSetup settings = setup();
  settings.overrides["epoch.max_wait"] = "5ms";
  SluiceService service(settings);
  for (int round = 0; round < rounds(); ++round) {
    const auto from = events.begin() + static_cast<std::ptrdiff_t>(kEventsARound) * round;
    sender.send({from, from + static_cast<std::ptrdiff_t>(kEventsARound)});
    service.start();
    // Either right in the start, or with a part of the events applied, or around the next snapshots.
    switch (random() % 3) {
      case 0:
        break;
      case 1:
        ASSERT_TRUE(wait_until([&] { return service.sum("applied.") > 0; }, seconds{60}));
        break;
      default:
        ASSERT_TRUE(wait_until([&] { return service.number("snapshots") > 0; }, seconds{60}));
    }
    std::this_thread::sleep_for(milliseconds{random() % 1200});  // the moment is the point, not a condition
    service.kill();
    expect_commits_behind_snapshots(round);
  }
  service.start();
  EXPECT_TRUE(
      wait_until([&] { return service.sum("applied.") == static_cast<std::int64_t>(count); }, seconds{60}));
  EXPECT_EQ(service.number("events"), static_cast<std::int64_t>(count));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), count_items(events));
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--users")), count);
  explain(service);
}

TEST_F(KillNine, AfterADamagedNewestSnapshotTheOneBeforeItIsTakenUp) {
  const auto events = make_events(0, 6000, 200, 100);
  EventSender sender(cluster_.bootstrap_servers());
  sender.send({events.begin(), events.begin() + 3000});
  ServiceSetup settings = setup();
  SluiceService service(settings);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("committed.") == 3000; }));
  sender.send({events.begin() + 3000, events.end()});
  ASSERT_TRUE(wait_until([&] { return service.sum("committed.") == 6000; }));
  service.kill();
  const auto found = sink::scan_snapshots(sink::real_file_system(), snapshot_folder(settings), false);
  ASSERT_TRUE(found.newest.contains("a"));
  std::filesystem::resize_file(found.newest.at("a"), std::filesystem::file_size(found.newest.at("a")) / 2);
  service.start();
  EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == 6000; }, seconds{60}));
  EXPECT_GT(service.number("restored_at_ms"), 0);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(settings), "--items"), count_items(events));
  explain(service);
}

TEST_F(KillNine, AZombieThatWakesUpAfterItsSessionNeitherCommitsNorDoublesWhatItsSuccessorDid) {
  const auto events = make_events(0, 12'000, 200, 100);
  EventSender sender(cluster_.bootstrap_servers());
  sender.send({events.begin(), events.begin() + 4000});
  SluiceService a(setup("a"));
  SluiceService b(setup("b"));
  a.start();
  ASSERT_TRUE(wait_until([&] { return a.sum("committed.") == 4000; }));
  a.send_signal(SIGSTOP);
  b.start();
  sender.send({events.begin() + 4000, events.begin() + 8000});
  ASSERT_TRUE(wait_until([&] { return b.sum("committed.") == 8000; }, seconds{60}));
  a.send_signal(SIGCONT);
  sender.send({events.begin() + 8000, events.end()});
  // Each has a partition of its own again, and all is applied.
  const auto shared_out = [&] {
    const auto of_a = applied_partitions(a);
    const auto of_b = applied_partitions(b);
    return of_a.size() == 1 && of_b.size() == 1 && of_a != of_b &&
           a.sum("applied.") + b.sum("applied.") == 12'000;
  };
  EXPECT_TRUE(wait_until(shared_out, seconds{60})) << a.sum("applied.") << " and " << b.sum("applied.");
  EXPECT_EQ(a.stop(), 0);
  EXPECT_EQ(b.stop(), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--users")), 12'000U) << "each user's events once";
  explain(a);
  explain(b);
}

}  // namespace
}  // namespace sluice::test

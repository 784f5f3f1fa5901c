#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ingest/kafka_consumer.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

class Rebalance : public ServiceTest {};

TEST_F(Rebalance, ASurvivorTakesOverTheUsersOfAKilledInstance) {
  EventSender sender(cluster_.bootstrap_servers());
  const auto half = static_cast<std::ptrdiff_t>(load_of(10'000));
  const auto events = make_events(0, static_cast<std::size_t>(2 * half), 400, 100);
  sender.send({events.begin(), events.begin() + half});
  SluiceService a(setup("a"));
  SluiceService b(setup("b"));
  a.start();
  b.start();
  const auto shares = [&] { return a.sum("applied.") > 0 && b.sum("applied.") > 0; };
  ASSERT_TRUE(
      wait_until([&] { return shares() && a.sum("applied.") + b.sum("applied.") == half; }, seconds{60}));
  a.kill();
  sender.send({events.begin() + half, events.end()});
  EXPECT_TRUE(wait_until([&] { return b.sum("applied.") == 2 * half; }, seconds{60})) << b.sum("applied.");
  EXPECT_EQ(b.stop(), 0);
  const auto users = inspect(snapshot_folder(setup()), "--users");
  EXPECT_EQ(users.size(), 400u);
  EXPECT_EQ(total(users), static_cast<std::uint64_t>(2 * half))
      << "every user's events, those learned by the dead instance among them";
}

TEST_F(Rebalance, PartitionsThatComeBackGoOnInMemory) {
  EventSender sender(cluster_.bootstrap_servers());
  const auto half = static_cast<std::ptrdiff_t>(load_of(10'000));
  const auto events = make_events(0, static_cast<std::size_t>(2 * half), 400, 100);
  sender.send({events.begin(), events.begin() + half});
  SluiceService a(setup("a"));
  a.start();
  ASSERT_TRUE(wait_until([&] { return a.sum("applied.") == half; }));
  SluiceService b(setup("b"));
  b.start();
  ASSERT_TRUE(wait_until([&] { return b.sum("applied.") > 0; }, seconds{60}));
  sender.send({events.begin() + half, events.end()});
  EXPECT_TRUE(wait_until([&] { return a.sum("applied.") + b.sum("applied.") == 2 * half; }, seconds{60}));
  EXPECT_GE(a.number("partitions_kept"), 1);
  EXPECT_EQ(a.stop(), 0);
  EXPECT_EQ(b.stop(), 0);
  EXPECT_EQ(total(inspect(snapshot_folder(setup()), "--users")), static_cast<std::uint64_t>(2 * half));
}

TEST_F(Rebalance, CommitsAreNeverAheadOfADurableSnapshot) {
  EventSender sender(cluster_.bootstrap_servers());
  SluiceService service(setup());
  service.start();
  config::KafkaOptions kafka;
  kafka.brokers = cluster_.bootstrap_servers();
  kafka.topics = {"events"};
  kafka.group = "test";
  ingest::KafkaConsumer observer(kafka, "observer", 1, {});
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < kPartitions; ++i) partitions.push_back({"events", PartitionId{i}});
  int seen = 0;
  for (std::size_t round = 0; round < 8; ++round) {
    sender.send(make_events(round * 2000, 2000, 100, 50));
    EXPECT_TRUE(wait_until([&] { return service.number("snapshots") > static_cast<std::int64_t>(round); }));
    // First the commits, then the files: a file can only have got newer meanwhile.
    const auto committed = observer.query_committed(partitions, std::chrono::seconds{5});
    ASSERT_TRUE(committed.has_value());
    const auto found = sink::scan_snapshots(sink::real_file_system(), snapshot_folder(setup()), false);
    ASSERT_TRUE(found.newest.contains("a"));
    const auto snapshot = sink::read_snapshot_summary(sink::real_file_system(), found.newest.at("a"));
    ASSERT_TRUE(snapshot.summary.has_value());
    for (const auto& [partition, commit] : *committed) {
      EXPECT_LE(commit.offset, snapshot.summary->applied.at(partition));
      ++seen;
    }
  }
  EXPECT_GT(seen, 0);
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace sluice::test

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "sink/file_system.h"
#include "sink/snapshot_file.h"
#include "support/kill_rounds.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

// Kills while events stream in, each at a moment of its own, and looks after each whether the promises still
// hold.
class KillNine : public ServiceTest {
 protected:
  static std::set<std::string> applied_partitions(const SluiceService& service) {
    std::set<std::string> names;
    for (const auto& [name, value] : service.status()) {
      if (name.starts_with("applied.")) names.insert(name);
    }
    return names;
  }
};

// More often on a real broker, where a killed member is back at once; here only after its session.
TEST_F(KillNine, AtRandomMomentsUnderLoadLosesAndDoublesNothing) {
  kill_at_random_moments(quick_setup(), 5);
}

TEST_F(KillNine, SigtermUnderLoadTimeAndAgainLosesAndDoublesNothing) {
  terminate_under_load(quick_setup(), long_run() ? 50 : 3);
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
  EXPECT_EQ(service.number("snapshots_damaged"), 1);
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(inspect(snapshot_folder(settings), "--items"), count_items(events));
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
}

}  // namespace
}  // namespace sluice::test

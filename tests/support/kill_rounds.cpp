#include "support/kill_rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "support/checker.h"
#include "support/list_watcher.h"
#include "support/wait_until.h"

namespace sluice::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Test;

constexpr std::size_t kUsers = 200;
constexpr std::size_t kItems = 100;

struct Load {
  explicit Load(const ServiceSetup& settings)
      : sender(settings.brokers),
        service(settings),
        checker(settings, sender.produced()),
        watcher(settings.redis_url, kUsers),
        redis_url(settings.redis_url) {}

  void send(std::size_t count) {
    sender.send_mixture(sent, count, kUsers, kItems);
    sent += count;
  }
  // Beyond the one that follows an assignment, unless that one has everything.
  [[nodiscard]] bool has_new_snapshot() const {
    const auto all = static_cast<std::int64_t>(sender.produced().size());
    return service.number("snapshots") > 1 || service.sum("committed.") == all;
  }
  void expect_all_is_there() {
    service.start();
    const auto all = static_cast<std::int64_t>(sender.produced().size());
    EXPECT_TRUE(wait_until([&] { return service.sum("applied.") == all; }, seconds{60}));
    EXPECT_TRUE(wait_until([&] { return service.number("dirty") == 0 && service.number("pending") == 0; }));
    EXPECT_EQ(service.number("lost_records"), 0);
    EXPECT_EQ(service.stop(), 0);
    checker.check_commits();
    checker.check_state(Checker::Prefix::whole);
    checker.check_dead_letters("events.dead");
    EXPECT_GT(check_lists(redis_url), 0U);
    EXPECT_THAT(watcher.violations(), testing::IsEmpty());
    EXPECT_GT(watcher.advances(), 0U);
  }

  EventSender sender;
  SluiceService service;
  Checker checker;
  ListWatcher watcher;
  std::string redis_url;
  std::size_t sent = 0;
};

}  // namespace

void kill_at_random_moments(const ServiceSetup& settings, std::size_t times) {
  const auto seed = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Load load(settings);
  for (std::size_t round = 0; round < times && !Test::HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    load.service.start();
    load.send(1000);
    // Either right in the start, or with a part of the events applied, or around the next snapshots.
    switch (random() % 3) {
      case 0:
        break;
      case 1:
        EXPECT_TRUE(wait_until([&] { return load.service.sum("applied.") > 0; }, seconds{40}));
        break;
      default:
        EXPECT_TRUE(wait_until([&] { return load.has_new_snapshot(); }, seconds{40}));
    }
    std::this_thread::sleep_for(milliseconds{random() % 400});  // the moment is the point, not a condition
    load.service.kill();
    load.checker.check_commits();
    if (has_snapshot(settings)) load.checker.check_state(Checker::Prefix::any);
  }
  load.expect_all_is_there();
}

void terminate_under_load(const ServiceSetup& settings, std::size_t times) {
  Load load(settings);
  for (std::size_t round = 0; round < times && !Test::HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    load.service.start();
    load.send(5000);
    EXPECT_TRUE(wait_until([&] { return load.service.sum("applied.") > 0; }, seconds{40}));
    EXPECT_EQ(load.service.stop(), 0);
    load.checker.check_commits();
    load.checker.check_state(Checker::Prefix::any);
  }
  load.expect_all_is_there();
}

}  // namespace sluice::test

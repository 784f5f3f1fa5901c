#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "config/memory_plan.h"
#include "support/process_size.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

// The most that a process held in memory since it began, as the kernel counts.
std::uint64_t peak_bytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  std::uint64_t kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return kilobytes * 1024;
}

struct Load {
  std::uint32_t shards = 1;
  std::uint64_t more_bytes = 0;  // than the least that is allowed
  std::size_t events = 0;        // nearly each of a new user, and of a new item
  bool short_queues = true;      // else as long as the limit leaves room
};

class MemoryLimit : public ServiceTest {
 protected:
  [[nodiscard]] ServiceSetup limited(const Load& load) {
    config::Options options;
    options.shards = load.shards;
    ServiceSetup made = quick_setup();
    made.overrides["shards"] = std::to_string(load.shards);
    if (load.short_queues) {
      options.publish.max_pending_lists = 1'000;
      options.kafka.properties = {{"queued.max.messages.kbytes", "2048"}};
      made.overrides["publish.max_pending_lists"] = "1000";
      made.overrides["kafka.properties.queued.max.messages.kbytes"] = "2048";
    }
    limit_ = config::least_max_bytes(options, load.shards) + load.more_bytes;
    made.overrides["limits.max_bytes"] = std::to_string(limit_);
    made.overrides["limits.shutdown"] = "60s";  // how fast the last snapshot is written is not the subject
    return made;
  }

  // Every tenth event is of a user who comes again and again, with a long history.
  void send(EventSender& sender, const SluiceService& service, std::size_t count) {
    constexpr std::size_t kBatch = 5'000;
    constexpr std::size_t kRegulars = 500;
    for (const std::size_t end = sent_ + count; sent_ < end;) {
      std::vector<TestEvent> events;
      for (std::size_t k = 0; k < kBatch; ++k, ++sent_) {
        const std::size_t user = sent_ % 10 == 0 ? sent_ / 10 % kRegulars : 1'000 + sent_;
        events.push_back({"user-" + std::to_string(user), "an-item-of-some-length-" + std::to_string(sent_),
                          1'700'000'000'000 + static_cast<std::int64_t>(sent_) * 10});
      }
      sender.send(events);
      const auto applied = [&] {
        peak_ = std::max(peak_, peak_bytes(service.pid()));
        return service.sum("applied.") + 20'000 > static_cast<std::int64_t>(sent_);
      };
      ASSERT_TRUE(wait_until(applied));
    }
    const auto all = [&] { return service.sum("applied.") == static_cast<std::int64_t>(sent_); };
    ASSERT_TRUE(wait_until(all));
  }

  void expect_held(const Load& load) {
    EventSender sender(cluster_.bootstrap_servers());
    SluiceService service(limited(load));
    service.start();
    send(sender, service, load.events);
    ASSERT_TRUE(wait_until([&] { return service.number("snapshots") >= 2; }));
    peak_ = std::max(peak_, peak_bytes(service.pid()));
    std::printf("%u shards: %zu events, limit %.0f MiB, peak %.0f MiB, rss %.0f MiB, %ld users, %ld items\n",
                load.shards, sent_, static_cast<double>(limit_) / kMebibyte,
                static_cast<double>(peak_) / kMebibyte,
                static_cast<double>(service.number("rss_bytes")) / kMebibyte,
                static_cast<long>(service.number("users")), static_cast<long>(service.number("items")));
    EXPECT_LT(peak_, limit_);
    EXPECT_EQ(service.number("max_bytes"), static_cast<std::int64_t>(limit_));
    EXPECT_GT(service.number("rss_bytes"), 0);
    // What a restart reads is held below it as well.
    EXPECT_EQ(service.stop(), 0);
    service.start();
    send(sender, service, load.events / 4);
    std::printf("after a restart: peak %.0f MiB\n", static_cast<double>(peak_) / kMebibyte);
    EXPECT_LT(peak_, limit_);
    // These counts go on over a restart.
    EXPECT_TRUE(wait_until([&] { return service.number("evicted_users") > 0; }));
    EXPECT_TRUE(wait_until([&] { return service.number("evicted_items") > 0; }));
    EXPECT_EQ(service.stop(), 0);
  }

 private:
  std::uint64_t limit_ = 0;
  std::uint64_t peak_ = 0;
  std::size_t sent_ = 0;
};

TEST_F(MemoryLimit, HoldsUnderAnEndlessStreamOfNewUsersAndItems) {
  if (long_run()) return expect_held({1, 512 * kMebibyte, 3'000'000});
  expect_held({1, 16 * kMebibyte, 60'000});
}

// As in a container of 256 MiB.
TEST_F(MemoryLimit, HoldsWithOneShardAndQueuesThatAreNotSet) {
  const std::uint64_t container = 256 * kMebibyte;
  const std::uint64_t least = config::least_max_bytes({}, 1);
  ASSERT_LT(least, container - container / 10);
  expect_held({1, container - container / 10 - least, 60'000, false});
}

TEST_F(MemoryLimit, HoldsWithSeveralShards) {
  if (long_run()) return expect_held({4, 512 * kMebibyte, 3'000'000});
  expect_held({2, 16 * kMebibyte, 60'000});
}

}  // namespace
}  // namespace sluice::test

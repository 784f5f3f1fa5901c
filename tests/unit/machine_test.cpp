#include "config/machine.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "config/control_groups.h"
#include "config/memory_plan.h"

namespace sluice::config {
namespace {

constexpr std::uint64_t kMib = std::uint64_t{1} << 20;

class FakeControlGroups : public ::testing::Test {
 protected:
  FakeControlGroups() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-groups-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~FakeControlGroups() override { std::filesystem::remove_all(folder_); }

  void put(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text << '\n';
  }
  // The process is in these.
  [[nodiscard]] ControlGroups groups(const std::string& membership) const {
    put("membership", membership);
    return ControlGroups({folder_ / "root", folder_ / "membership"});
  }

  std::filesystem::path folder_;
};

TEST_F(FakeControlGroups, NothingIsALimitWhereNoneIsSaid) {
  EXPECT_FALSE(groups("0::/").cpus());
  EXPECT_FALSE(groups("0::/").memory_bytes());
  put("root/a/cpu.max", "max 100000");
  put("root/a/memory.max", "max");
  put("root/memory/b/memory.limit_in_bytes", "9223372036854771712");
  put("root/cpu/b/cpu.cfs_quota_us", "-1");
  put("root/cpu/b/cpu.cfs_period_us", "100000");
  for (const char* const membership :
       {"0::/a", "2:cpu:/b\n1:memory:/b", "", "nonsense", "1:", "::", "0::/not/there"}) {
    EXPECT_FALSE(groups(membership).cpus()) << membership;
    EXPECT_FALSE(groups(membership).memory_bytes()) << membership;
  }
  put("root/a/cpu.max", "a hundred");
  put("root/a/memory.max", "18446744073709551616");
  EXPECT_FALSE(groups("0::/a").cpus());
  EXPECT_FALSE(groups("0::/a").memory_bytes());
  EXPECT_FALSE(ControlGroups({folder_ / "none", folder_ / "none"}).memory_bytes());
}

TEST_F(FakeControlGroups, TheTightestOfAllGroupsAboveTheProcessHolds) {
  put("root/cpu.max", "400000 100000");
  put("root/a/cpu.max", "150000 100000");
  put("root/a/b/cpu.max", "max 100000");
  put("root/a/memory.max", "1000000");
  put("root/a/b/memory.max", "3000000");
  put("root/other/memory.max", "1");
  EXPECT_EQ(groups("0::/a/b").cpus(), 1.5);
  EXPECT_EQ(groups("0::/a/b").memory_bytes(), 1'000'000U);
  EXPECT_EQ(groups("0::/a/b/../c").memory_bytes(), 1'000'000U) << "what is not there limits nothing";
  EXPECT_EQ(groups("0::/").cpus(), 4.0);
  EXPECT_FALSE(groups("0::/").memory_bytes());
}

TEST_F(FakeControlGroups, VersionOneCountsWhereverItIsMounted) {
  put("root/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "50000");
  put("root/cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000");
  put("root/memory/memory.limit_in_bytes", "2000000");
  const auto in_container = groups("4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n0::/");
  EXPECT_EQ(in_container.cpus(), 0.5);
  EXPECT_EQ(in_container.memory_bytes(), 2'000'000U) << "only the container's own end is mounted";
  put("root/unified/docker/memory.max", "1500000");
  EXPECT_EQ(groups("4:memory:/docker/x\n0::/docker/x").memory_bytes(), 1'500'000U);
}

TEST_F(FakeControlGroups, OnlyWholeCpusAreCountedOnAndAtLeastOne) {
  const std::uint32_t all = this_machine(groups("0::/")).cpus;
  EXPECT_GE(all, 1U);
  put("root/cpu.max", "1000 100000");
  EXPECT_EQ(this_machine(groups("0::/")).cpus, 1U);
  put("root/cpu.max", "199000 100000");
  EXPECT_EQ(this_machine(groups("0::/")).cpus, 1U);
  put("root/cpu.max", "100000000 100000");
  EXPECT_EQ(this_machine(groups("0::/")).cpus, all);
  put("root/memory.max", "12345");
  EXPECT_EQ(this_machine(groups("0::/")).memory_bytes, 12'345U);
}

TEST(MachineTest, CpusAreThoseThatTheThreadMayRunOn) {
  std::uint32_t cpus = 0;
  std::thread([&] {
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
    cpus = this_machine().cpus;
  }).join();
  EXPECT_EQ(cpus, 1U);
}

TEST(MachineTest, ShardsAreAsManyAsThereAreCpusAndRoomFor) {
  Options options;
  EXPECT_EQ(shard_count(options, {4, {}}), 4U);
  EXPECT_EQ(shard_count(options, {1'000, {}}), 256U);
  options.limits.max_bytes = least_max_bytes(options, 2);
  EXPECT_EQ(shard_count(options, {4, {}}), 2U);
  options.limits.max_bytes = 1;
  EXPECT_EQ(shard_count(options, {4, {}}), 1U);
  options.shards = 8;
  EXPECT_EQ(shard_count(options, {4, {}}), 8U) << "as it was asked for";
}

TEST(MachineTest, TheLeastThatWorksWithOneShardFitsIntoASmallContainer) {
  EXPECT_LE(least_max_bytes({}, 1), 256 * kMib);
  const Fitted fitted = fit_to_machine({}, {2, 256 * kMib});
  EXPECT_EQ(fitted.options.limits.max_bytes, 256 * kMib - 256 * kMib / 10);
  EXPECT_EQ(fitted.options.shards, 1U) << "two would leave no room";
  EXPECT_TRUE(fitted.warnings.empty());
  EXPECT_EQ(fitted.notes.size(), 2U);
}

TEST(MachineTest, OptionsThatAreSetStayAsTheyAre) {
  Options options;
  options.shards = 3;
  options.limits.max_bytes = 5'000'000'000;
  const Fitted fitted = fit_to_machine(options, {8, 256 * kMib});
  EXPECT_EQ(fitted.options.shards, 3U);
  EXPECT_EQ(fitted.options.limits.max_bytes, 5'000'000'000U);
  EXPECT_TRUE(fitted.notes.empty());
}

TEST(MachineTest, AContainerThatIsTooSmallIsWarnedAbout) {
  const Fitted fitted = fit_to_machine({}, {2, 64 * kMib});
  EXPECT_EQ(fitted.options.limits.max_bytes, least_max_bytes({}, 1));
  ASSERT_EQ(fitted.warnings.size(), 1U);
  EXPECT_NE(fitted.warnings[0].find("64 MiB"), std::string::npos);
  EXPECT_EQ(fit_to_machine({}, {2, {}}).options.limits.max_bytes, 0U) << "no limit is none";
}

TEST(MachineTest, QueuesAreAsLongAsTheLimitLeavesRoom) {
  Options options;
  EXPECT_EQ(with_planned_queues(options, 1).publish.max_pending_lists, options.publish.max_pending_lists);
  EXPECT_EQ(with_planned_queues(options, 1).kafka.properties.at("queued.max.messages.kbytes"), "65536");
  options.limits.max_bytes = 400 * kMib;
  const Options small = with_planned_queues(options, 1);
  EXPECT_LT(small.publish.max_pending_lists, options.publish.max_pending_lists);
  EXPECT_GT(small.publish.max_pending_lists, 10'000U);
  EXPECT_LT(std::stoi(small.kafka.properties.at("queued.max.messages.kbytes")), 30'000);
  options.limits.max_bytes = 8'000 * kMib;
  EXPECT_EQ(with_planned_queues(options, 1).publish.max_pending_lists, options.publish.max_pending_lists);
  options.limits.max_bytes = 400 * kMib;
  options.publish.max_pending_lists = 100;
  options.kafka.properties["queued.max.messages.kbytes"] = "2048";
  EXPECT_EQ(with_planned_queues(options, 1).publish.max_pending_lists, 100U);
  EXPECT_EQ(with_planned_queues(options, 1).kafka.properties.at("queued.max.messages.kbytes"), "2048");
}

}  // namespace
}  // namespace sluice::config

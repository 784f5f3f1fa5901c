#include <gtest/gtest.h>

#include <cerrno>

#include "sink/snapshot_file.h"
#include "support/fake_file_system.h"
#include "support/sample_snapshots.h"

// A save that fails at any of its system calls, in any way, leaves the state before or the state after, never
// less.
namespace sluice::sink {
namespace {

using test::FakeFileSystem;
using test::sample_snapshot;
using Fault = FakeFileSystem::Fault;

const std::filesystem::path kFolder = "state/a";
const std::filesystem::path kOld = kFolder / "00000000000000000001.snap";
const std::filesystem::path kNew = kFolder / "00000000000000000002.snap";

// A disk with the snapshot of epoch 1 on it.
FakeFileSystem disk_with_old() {
  FakeFileSystem files;
  EXPECT_EQ(save_snapshot(files, kFolder, sample_snapshot("a", 1), 3), "");
  return files;
}

std::uint64_t calls_of_a_save() {
  FakeFileSystem files = disk_with_old();
  files.plan({~0ULL, Fault::error, EIO});
  EXPECT_EQ(save_snapshot(files, kFolder, sample_snapshot("a", 2), 3), "");
  return files.calls();
}

std::string newest_in(FakeFileSystem& files) {
  const SnapshotFolder found = scan_snapshots(files, "state", false);
  EXPECT_EQ(found.damaged, 0U);
  const auto newest = found.newest.find("a");
  return newest == found.newest.end() ? "none" : newest->second.string();
}

class SaveFailsWith : public ::testing::TestWithParam<int> {};

TEST_P(SaveFailsWith, at_each_step_and_leaves_no_file_under_the_final_name) {
  const std::uint64_t calls = calls_of_a_save();
  int failures = 0;
  for (std::uint64_t call = 0; call < calls; ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    FakeFileSystem files = disk_with_old();
    files.plan({call, Fault::error, GetParam()});
    const std::string problem = save_snapshot(files, kFolder, sample_snapshot("a", 2), 3);
    files.clear_plan();
    if (problem.empty()) {
      EXPECT_TRUE(load_snapshot(files, kNew).snapshot);
    } else {
      ++failures;
      EXPECT_FALSE(files.contents(kNew)) << problem;
      EXPECT_EQ(newest_in(files), kOld);
    }
    EXPECT_EQ(files.open_files(), 0U);
    EXPECT_EQ(save_snapshot(files, kFolder, sample_snapshot("a", 2), 3), "") << "the next save must work";
    EXPECT_EQ(newest_in(files), kNew);
  }
  EXPECT_GT(failures, 5) << "writing, syncing and renaming must be able to fail";
}
INSTANTIATE_TEST_SUITE_P(Errors, SaveFailsWith, ::testing::Values(ENOSPC, EIO, EDQUOT));

TEST(SnapshotDisk, interrupted_calls_are_continued) {
  const std::uint64_t calls = calls_of_a_save();
  for (std::uint64_t call = 0; call < calls; ++call) {
    FakeFileSystem files = disk_with_old();
    files.plan({call, Fault::error, EINTR});
    EXPECT_EQ(save_snapshot(files, kFolder, sample_snapshot("a", 2), 3), "") << "call " << call;
    EXPECT_TRUE(load_snapshot(files, kNew).snapshot);
  }
}

TEST(SnapshotDisk, short_writes_are_continued) {
  const std::uint64_t calls = calls_of_a_save();
  for (std::uint64_t call = 0; call < calls; ++call) {
    FakeFileSystem files = disk_with_old();
    files.plan({call, Fault::short_write, 0});
    EXPECT_EQ(save_snapshot(files, kFolder, sample_snapshot("a", 2), 3), "") << "call " << call;
    EXPECT_TRUE(load_snapshot(files, kNew).snapshot) << "call " << call;
  }
}

TEST(SnapshotDisk, short_and_interrupted_reads_are_continued) {
  for (std::uint64_t call = 0; call < 12; ++call) {
    FakeFileSystem files = disk_with_old();
    files.plan({call, Fault::short_write, 0});
    EXPECT_TRUE(load_snapshot(files, kOld).snapshot) << "call " << call;
    files.plan({call, Fault::error, EINTR});
    EXPECT_TRUE(load_snapshot(files, kOld).snapshot) << "call " << call;
  }
}

TEST(SnapshotDisk, power_cut_at_each_step_leaves_the_old_or_the_new_state_whole) {
  const std::uint64_t calls = calls_of_a_save();
  for (const bool names_survive : {false, true}) {
    for (std::uint64_t call = 0; call <= calls; ++call) {
      SCOPED_TRACE("call " + std::to_string(call) + (names_survive ? ", names survive" : ", names are lost"));
      FakeFileSystem files = disk_with_old();
      files.plan({call, Fault::power_cut, 0});
      const bool said_durable = save_snapshot(files, kFolder, sample_snapshot("a", 2), 3).empty();
      files.restore_power(names_survive);
      const std::string newest = newest_in(files);
      EXPECT_TRUE(newest == kOld || newest == kNew) << newest;
      if (said_durable) {
        EXPECT_EQ(newest, kNew) << "what was called durable must be there";
      }
    }
  }
}

TEST(SnapshotDisk, first_snapshot_in_a_new_folder_survives_a_power_cut_right_after) {
  FakeFileSystem files;
  ASSERT_EQ(save_snapshot(files, "deep/down/state/a", sample_snapshot(), 3), "");
  files.restore_power(false);
  EXPECT_EQ(scan_snapshots(files, "deep/down/state", false).newest.size(), 1U);
}

}  // namespace
}  // namespace sluice::sink

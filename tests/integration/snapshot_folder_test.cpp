#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "sink/snapshot_file.h"
#include "support/sample_snapshots.h"

namespace sluice::sink {
namespace {

class SnapshotOnDisk : public ::testing::Test {
 protected:
  SnapshotOnDisk() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-snapshot-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SnapshotOnDisk() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(SnapshotOnDisk, save_scan_and_load_on_a_real_disk) {
  Snapshot snapshot = test::sample_snapshot();
  snapshot.sections["items"].assign(5'000'000, std::byte{7});  // several chunks
  ASSERT_EQ(save_snapshot(real_file_system(), folder_ / "new" / "a", snapshot, 3), "");
  const SnapshotFolder found = scan_snapshots(real_file_system(), folder_ / "new", true);
  ASSERT_TRUE(found.newest.contains("a"));
  const LoadResult loaded = load_snapshot(real_file_system(), found.newest.at("a"));
  ASSERT_TRUE(loaded.snapshot) << loaded.detail;
  EXPECT_EQ(loaded.snapshot->sections, snapshot.sections);
}

TEST_F(SnapshotOnDisk, folder_that_cannot_be_made_is_an_error_with_its_name) {
  const std::string problem = save_snapshot(real_file_system(), "/proc/sluice/a", test::sample_snapshot(), 3);
  EXPECT_NE(problem.find("/proc/sluice"), std::string::npos) << problem;
}

TEST_F(SnapshotOnDisk, second_lock_on_a_folder_is_refused_until_the_first_is_gone) {
  auto first = SnapshotLock::acquire(folder_ / "a");
  ASSERT_TRUE(first);
  EXPECT_FALSE(SnapshotLock::acquire(folder_ / "a"));
  EXPECT_TRUE(SnapshotLock::acquire(folder_ / "b"));
  first.reset();
  EXPECT_TRUE(SnapshotLock::acquire(folder_ / "a"));
}

TEST_F(SnapshotOnDisk, lock_of_a_dead_process_is_free) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(SnapshotLock::acquire(folder_ / "a") ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(SnapshotLock::acquire(folder_ / "a"));
}

}  // namespace
}  // namespace sluice::sink

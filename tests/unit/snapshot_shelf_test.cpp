#include "pipeline/snapshot_shelf.h"

#include <gtest/gtest.h>

#include "support/fake_file_system.h"
#include "support/sample_snapshots.h"

namespace sluice::pipeline {
namespace {

TEST(SnapshotShelf, DamagedFilesAreCountedAndTheOneBeforeIsTaken) {
  test::FakeFileSystem files;
  for (const std::uint64_t epoch : {1, 2}) {
    ASSERT_EQ(sink::save_snapshot(files, "state/a", test::sample_snapshot("a", epoch), 3), "");
  }
  const auto newest = std::filesystem::path("state/a") / sink::snapshot_file_name(Epoch{2});
  auto bytes = *files.contents(newest);
  bytes.resize(bytes.size() / 2);
  files.put(newest, bytes);
  SnapshotShelf shelf(files, "state", "a");
  shelf.scan();
  EXPECT_EQ(shelf.damaged(), 1U);
  ASSERT_NE(shelf.own(), nullptr);
  EXPECT_EQ(shelf.own()->epoch, Epoch{1});
  shelf.scan();
  EXPECT_EQ(shelf.damaged(), 1U) << "it was set aside";
}

}  // namespace
}  // namespace sluice::pipeline

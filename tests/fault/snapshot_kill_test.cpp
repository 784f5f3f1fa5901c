#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "sink/snapshot_file.h"
#include "support/sample_snapshots.h"

// kill -9 at every system call of a save, on a real disk: what is found afterwards is the state before or the
// state after, whole.
namespace sluice::sink {
namespace {

using test::sample_snapshot;

// The real disk, until the process kills itself: before a call, or with half of a write's bytes written.
class MortalFileSystem final : public FileSystem {
 public:
  explicit MortalFileSystem(std::uint64_t last_call) : last_call_(last_call) {}

  IoResult create(const Path& file) override { return live().create(file); }
  IoResult open(const Path& file) override { return live().open(file); }
  IoResult write(FileHandle file, std::span<const std::byte> bytes) override {
    if (calls_ == last_call_) (void)disk_.write(file, bytes.first(bytes.size() / 2));
    return live().write(file, bytes);
  }
  IoResult read_at(FileHandle file, std::uint64_t position, std::span<std::byte> bytes) override {
    return live().read_at(file, position, bytes);
  }
  IoResult size(FileHandle file) override { return live().size(file); }
  IoResult sync(FileHandle file) override { return live().sync(file); }
  IoResult close(FileHandle file) override { return live().close(file); }
  IoResult rename(const Path& from, const Path& to) override { return live().rename(from, to); }
  IoResult remove(const Path& file) override { return live().remove(file); }
  IoResult make_folder(const Path& folder) override { return live().make_folder(folder); }
  IoResult sync_folder(const Path& folder) override { return live().sync_folder(folder); }
  Listing list(const Path& folder) override { return live().list(folder); }

 private:
  FileSystem& live() {
    if (calls_++ == last_call_) ::raise(SIGKILL);
    return disk_;
  }

  FileSystem& disk_ = real_file_system();
  std::uint64_t last_call_;
  std::uint64_t calls_ = 0;
};

class SnapshotKill : public testing::Test {
 protected:
  SnapshotKill() {
    std::string name = testing::TempDir() + "/snapshot-kill-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SnapshotKill() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path instance() const { return folder_ / "a"; }
  [[nodiscard]] std::filesystem::path file(std::int64_t epoch) const {
    return instance() / snapshot_file_name(Epoch{static_cast<std::uint64_t>(epoch)});
  }
  void start_with_the_old_state() const {
    std::filesystem::remove_all(instance());
    ASSERT_EQ(save_snapshot(real_file_system(), instance(), sample_snapshot("a", 1), 3), "");
  }
  // Saves the new state in a process that dies at that call; whether it did, or came to the end before.
  [[nodiscard]] bool dies_at(std::uint64_t call) const {
    const pid_t child = ::fork();
    if (child == 0) {
      MortalFileSystem files(call);
      ::_exit(save_snapshot(files, instance(), sample_snapshot("a", 2), 3).empty() ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
  }

  std::filesystem::path folder_;
};

TEST_F(SnapshotKill, AtEveryCallOfASaveTheOldOrTheNewStateIsFoundWhole) {
  FileSystem& disk = real_file_system();
  std::uint64_t call = 0;
  bool seen_new = false;
  for (bool died = true; died; ++call) {
    SCOPED_TRACE("call " + std::to_string(call));
    start_with_the_old_state();
    died = dies_at(call);
    const SnapshotFolder found = scan_snapshots(disk, folder_, true);
    EXPECT_EQ(found.damaged, 0U) << "what is unfinished has no final name";
    ASSERT_EQ(found.newest.count("a"), 1U);
    const auto newest = found.newest.at("a");
    EXPECT_TRUE(newest == file(1) || newest == file(2)) << newest;
    EXPECT_FALSE(seen_new && newest == file(1)) << "a later death saved less";
    seen_new = newest == file(2);
    EXPECT_TRUE(load_snapshot(disk, newest).snapshot);

    EXPECT_EQ(save_snapshot(disk, instance(), sample_snapshot("a", 3), 3), "") << "the next save must work";
    for (const auto& left : std::filesystem::directory_iterator(instance())) {
      EXPECT_EQ(left.path().extension(), ".snap") << "the dead save left " << left.path();
    }
  }
  EXPECT_TRUE(seen_new);
  EXPECT_GT(call, 8U) << "create, write, sync, close, rename, sync of the folder, ...";
}

}  // namespace
}  // namespace sluice::sink

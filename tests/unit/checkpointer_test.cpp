#include "pipeline/checkpointer.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>

#include "support/fake_file_system.h"
#include "support/sample_snapshots.h"
#include "support/wait_until.h"

namespace sluice::pipeline {
namespace {

int niceness_of_this_thread() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

// Notes how nice the thread is that writes.
class NicenessProbe final : public test::FakeFileSystem {
 public:
  sink::IoResult write(sink::FileHandle file, std::span<const std::byte> bytes) override {
    niceness = niceness_of_this_thread();
    return FakeFileSystem::write(file, bytes);
  }
  std::atomic<int> niceness{-100};
};

// Holds one letter and is durable when it is told so.
class SlowDeadLetters final : public ingest::DeadLetterSink {
 public:
  bool send(const ingest::DeadLetter&) override { return true; }
  std::uint64_t sent() const override { return 1; }
  std::uint64_t acknowledged() const override { return durable ? 1 : 0; }
  bool flush(std::uint64_t letters, std::chrono::milliseconds) override { return acknowledged() >= letters; }
  std::atomic<bool> durable{false};
};

Cut sample_cut(std::uint64_t letters) {
  Cut cut;
  cut.snapshot = test::sample_snapshot();
  cut.dead_letters_sent = letters;
  return cut;
}

TEST(Checkpointer, WritesOnAThreadThatLetsOthersGoFirst) {
  NicenessProbe files;
  SlowDeadLetters letters;
  Checkpointer checkpointer(files, "folder", 1, letters);
  checkpointer.submit(sample_cut(0));
  ASSERT_TRUE(test::wait_until([&] { return checkpointer.idle(); }));
  EXPECT_GT(files.niceness, niceness_of_this_thread()) << "the one that submits stays as it is";
}

TEST(Checkpointer, WritesNothingBeforeTheDeadLettersOfTheCutAreDurable) {
  test::FakeFileSystem files;
  SlowDeadLetters letters;
  Checkpointer checkpointer(files, "folder", 1, letters);
  checkpointer.submit(sample_cut(1));
  ASSERT_TRUE(test::wait_until([&] { return !checkpointer.awaits().empty(); }));
  EXPECT_THAT(std::string(checkpointer.awaits()), testing::HasSubstr("dead letters"));
  EXPECT_FALSE(checkpointer.idle());
  EXPECT_FALSE(checkpointer.take_durable());
  EXPECT_TRUE(checkpointer.durable_offsets().empty());
  EXPECT_EQ(files.calls(), 0);

  letters.durable = true;
  ASSERT_TRUE(test::wait_until([&] { return checkpointer.idle(); }));
  const auto durable = checkpointer.take_durable();
  ASSERT_TRUE(durable);
  EXPECT_EQ(durable->applied, test::sample_snapshot().applied);
  EXPECT_EQ(files.files_in("folder").size(), 1);
  EXPECT_FALSE(checkpointer.take_durable()) << "told once";
  EXPECT_EQ(checkpointer.durable_offsets(), test::sample_snapshot().applied) << "for good";
}

}  // namespace
}  // namespace sluice::pipeline

// `sluice snapshot inspect` by the real binary on snapshots of a real model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/exit_codes.h"
#include "model/model.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"
#include "support/model_events.h"
#include "support/run_program.h"
#include "support/sluice_service.h"

namespace sluice::cli {
namespace {

using std::filesystem::path;
using test::ProgramResult;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

ProgramResult inspect(const path& where, const std::vector<std::string>& more = {}) {
  std::vector<std::string> command = {test::sluice_binary(), "snapshot", "inspect", where.string()};
  command.insert(command.end(), more.begin(), more.end());
  return test::run_program(command);
}

struct Event {
  std::string user;
  std::string item;
};

// A snapshot of a model that learned these events, all in one partition up to that offset.
sink::Snapshot snapshot_of(const std::string& instance, std::uint64_t epoch, PartitionId partition,
                           Offset applied, const std::vector<Event>& events) {
  config::Options options;
  options.limits.max_items = 1000;
  options.limits.max_users = 1000;
  model::Model model(options, 1);
  model.shard(0).assign(partition);
  std::int64_t offset = 0;
  for (const auto& [user, item] : events) {
    test::learn(model.shard(0), partition, {user, item, from_unix_ms(1'718'000'000'000 + offset)}, offset);
    ++offset;
  }
  model.merge();
  sink::Snapshot snapshot;
  snapshot.instance = instance;
  snapshot.epoch = Epoch{epoch};
  snapshot.made_ms = 1'718'000'000'123;
  snapshot.applied[{"events", partition}] = applied;
  snapshot.sections["items"] = test::saved_items(model);
  snapshot.sections["users/" + std::to_string(static_cast<int>(partition))] =
      test::saved_users(model.shard(0), partition);
  return snapshot;
}

class CliSnapshot : public testing::Test {
 protected:
  void save(const sink::Snapshot& snapshot) {
    ASSERT_EQ(sink::save_snapshot(sink::real_file_system(), folder_.path() / snapshot.instance, snapshot, 3),
              "");
  }
  [[nodiscard]] path file(const std::string& instance, std::uint64_t epoch) const {
    return folder_.path() / instance / sink::snapshot_file_name(Epoch{epoch});
  }
  test::TemporaryFolder folder_;
};

TEST_F(CliSnapshot, counts_every_event_of_items_and_users) {
  save(snapshot_of("a", 5, PartitionId{0}, Offset{4}, {{"u", "i"}, {"u", "j"}, {"v", "i"}, {"u", "i"}}));
  EXPECT_EQ(inspect(folder_.path(), {"--items"}).out, "i\t3\nj\t1\n");
  EXPECT_EQ(inspect(folder_.path(), {"--users"}).out, "u\t0\t3\nv\t0\t1\n");
  EXPECT_EQ(inspect(file("a", 5), {"--items"}).out, "i\t3\nj\t1\n");
  const auto summary = inspect(folder_.path());
  EXPECT_EQ(summary.exit_code, kDone) << summary.err;
  EXPECT_THAT(summary.out,
              AllOf(HasSubstr(": valid"), HasSubstr("instance a, epoch 5, made 2024-06-10 06:13:20 UTC"),
                    HasSubstr("applied events/0 up to offset 4"),
                    HasSubstr("in all 2 items with 4 events, 2 users with 4 events")));
}

TEST_F(CliSnapshot, a_folder_adds_the_items_of_instances_and_takes_each_partition_where_it_is_newest) {
  save(snapshot_of("a", 9, PartitionId{1}, Offset{1}, {{"u", "i"}}));
  save(snapshot_of("b", 2, PartitionId{1}, Offset{3}, {{"u", "i"}, {"u", "k"}, {"u", "k"}}));
  EXPECT_EQ(inspect(folder_.path(), {"--items"}).out, "i\t2\nk\t2\n");
  EXPECT_EQ(inspect(folder_.path(), {"--users"}).out, "u\t1\t3\n");
}

TEST_F(CliSnapshot, a_newer_snapshot_of_an_instance_replaces_the_older) {
  save(snapshot_of("a", 5, PartitionId{0}, Offset{1}, {{"u", "i"}}));
  save(snapshot_of("a", 6, PartitionId{0}, Offset{2}, {{"u", "i"}, {"u", "i"}}));
  EXPECT_EQ(inspect(folder_.path(), {"--items"}).out, "i\t2\n");
}

TEST_F(CliSnapshot, ids_with_tabs_stay_in_their_line) {
  save(snapshot_of("a", 5, PartitionId{0}, Offset{1}, {{"u\tv", "i\nj"}}));
  EXPECT_EQ(inspect(folder_.path(), {"--items"}).out, "i\\nj\t1\n");
  EXPECT_EQ(inspect(folder_.path(), {"--users"}).out, "u\\tv\t0\t1\n");
}

TEST_F(CliSnapshot, a_damaged_file_is_exit_code_5) {
  save(snapshot_of("a", 5, PartitionId{0}, Offset{1}, {{"u", "i"}}));
  std::filesystem::resize_file(file("a", 5), std::filesystem::file_size(file("a", 5)) - 1);
  const auto damaged = inspect(file("a", 5));
  EXPECT_EQ(damaged.exit_code, kNoData);
  EXPECT_THAT(damaged.out, IsEmpty());
  EXPECT_THAT(damaged.err, HasSubstr("truncated"));
  EXPECT_EQ(inspect(folder_.path()).exit_code, kNoData);
  EXPECT_TRUE(std::filesystem::exists(file("a", 5))) << "looking changes nothing";
}

TEST_F(CliSnapshot, nothing_to_inspect_is_exit_code_5) {
  EXPECT_EQ(inspect(folder_.path() / "nowhere").exit_code, kNoData);
  EXPECT_EQ(inspect(folder_.path()).exit_code, kNoData);
}

}  // namespace
}  // namespace sluice::cli

#include "sink/snapshot_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "sink/snapshot_format.h"
#include "support/fake_file_system.h"
#include "support/sample_snapshots.h"

namespace sluice::sink {
namespace {

using test::FakeFileSystem;
using test::sample_snapshot;
using test::to_bytes;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const std::filesystem::path kFolder = "state/a";
const std::filesystem::path kFile = kFolder / "00000000000000000042.snap";

void save(FakeFileSystem& files, const Snapshot& snapshot, std::uint32_t keep = 3) {
  const std::string problem =
      save_snapshot(files, std::filesystem::path("state") / snapshot.instance, snapshot, keep);
  ASSERT_EQ(problem, "");
}

std::vector<std::byte> saved_bytes() {
  FakeFileSystem files;
  save(files, sample_snapshot());
  return files.contents(kFile).value();
}

TEST(SnapshotFile, comes_back_as_it_was_saved) {
  FakeFileSystem files;
  const Snapshot snapshot = sample_snapshot();
  save(files, snapshot);
  const LoadResult loaded = load_snapshot(files, kFile);
  ASSERT_TRUE(loaded.snapshot) << loaded.detail;
  EXPECT_EQ(loaded.snapshot->instance, snapshot.instance);
  EXPECT_EQ(loaded.snapshot->epoch, snapshot.epoch);
  EXPECT_EQ(loaded.snapshot->made_ms, snapshot.made_ms);
  EXPECT_EQ(loaded.snapshot->applied, snapshot.applied);
  EXPECT_EQ(loaded.snapshot->sections, snapshot.sections);
  EXPECT_EQ(files.open_files(), 0U);
}

TEST(SnapshotFile, sections_in_pieces_come_back_whole) {
  FakeFileSystem files;
  Snapshot snapshot = sample_snapshot();
  Pieces& items = snapshot.sections_in_pieces["items"];
  const std::vector<std::byte> items_at_once = std::exchange(snapshot.sections["items"], {});
  snapshot.sections.erase("items");
  Pieces rest;
  items.put(std::span(items_at_once).first(3));
  rest.put(std::span(items_at_once).subspan(3, 40));
  items.append(std::move(rest));
  items.put({});
  items.put(std::span(items_at_once).subspan(43));
  snapshot.sections_in_pieces["nothing"];
  const std::size_t bytes = snapshot.bytes();
  EXPECT_EQ(bytes, sample_snapshot().bytes());
  save(files, snapshot);
  const LoadResult loaded = load_snapshot(files, kFile);
  ASSERT_TRUE(loaded.snapshot) << loaded.detail;
  auto expected = sample_snapshot().sections;
  expected["nothing"] = {};
  EXPECT_EQ(loaded.snapshot->sections, expected);
  EXPECT_EQ(loaded.snapshot->bytes(), bytes);
}

TEST(SnapshotFile, summary_tells_the_contents_without_reading_them) {
  FakeFileSystem files;
  save(files, sample_snapshot());
  const SummaryResult read = read_snapshot_summary(files, kFile);
  ASSERT_TRUE(read.summary);
  EXPECT_EQ(read.summary->epoch, Epoch{42});
  ASSERT_NE(read.summary->find("items"), nullptr);
  EXPECT_EQ(read.summary->find("items")->size, sample_snapshot().sections.at("items").size());
  EXPECT_EQ(read.summary->find("nonsense"), nullptr);
}

TEST(SnapshotFile, same_state_makes_the_same_bytes) {
  EXPECT_EQ(saved_bytes(), saved_bytes());
}

TEST(SnapshotFile, every_bit_flip_is_detected) {
  const std::vector<std::byte> whole = saved_bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      FakeFileSystem files;
      auto changed = whole;
      changed[at] ^= std::byte{static_cast<unsigned char>(1 << bit)};
      files.put(kFile, changed);
      const LoadResult loaded = load_snapshot(files, kFile);
      ASSERT_FALSE(loaded.snapshot) << "byte " << at << " bit " << bit;
      ASSERT_NE(loaded.error, SnapshotError::none);
      ASSERT_FALSE(verify_snapshot(files, kFile).summary) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(SnapshotFile, every_truncation_is_detected) {
  const std::vector<std::byte> whole = saved_bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    FakeFileSystem files;
    files.put(kFile, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_FALSE(load_snapshot(files, kFile).snapshot) << size;
    ASSERT_EQ(load_snapshot(files, kFile).error, SnapshotError::truncated) << size;
  }
}

TEST(SnapshotFile, bytes_after_the_end_are_detected) {
  FakeFileSystem files;
  auto longer = saved_bytes();
  longer.push_back(std::byte{0});
  files.put(kFile, longer);
  EXPECT_EQ(load_snapshot(files, kFile).error, SnapshotError::truncated);
}

TEST(SnapshotFile, kinds_of_damage_are_told_apart) {
  FakeFileSystem files;
  EXPECT_EQ(load_snapshot(files, kFile).error, SnapshotError::io);
  auto bytes = saved_bytes();
  bytes[0] = std::byte{'X'};
  files.put(kFile, bytes);
  EXPECT_EQ(load_snapshot(files, kFile).error, SnapshotError::not_a_snapshot);
  bytes = saved_bytes();
  bytes[8] = std::byte{2};
  files.put(kFile, bytes);
  EXPECT_EQ(load_snapshot(files, kFile).error, SnapshotError::unknown_version);
  EXPECT_FALSE(is_damage(SnapshotError::unknown_version))
      << "a newer program's file is not ours to set aside";
  bytes = saved_bytes();
  bytes[kSnapshotHeaderBytes] ^= std::byte{1};
  files.put(kFile, bytes);
  const LoadResult loaded = load_snapshot(files, kFile);
  EXPECT_EQ(loaded.error, SnapshotError::checksum);
  EXPECT_NE(loaded.detail.find("section"), std::string::npos);
}

TEST(SnapshotFile, file_of_version_1_stays_loadable) {
  const std::filesystem::path golden = std::filesystem::path(SLUICE_TESTS_DIR) / "fixtures/snapshot_v1.snap";
  const LoadResult loaded = load_snapshot(real_file_system(), golden);
  ASSERT_TRUE(loaded.snapshot) << loaded.detail;
  EXPECT_EQ(loaded.snapshot->applied, sample_snapshot().applied);
  EXPECT_EQ(loaded.snapshot->sections, sample_snapshot().sections);
  std::ifstream file(golden, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(to_bytes(bytes), saved_bytes()) << "the format changed without a new version";
}

TEST(SnapshotFile, newest_k_files_stay_and_temporary_ones_go) {
  FakeFileSystem files;
  files.put(kFolder / "00000000000000000001.snap.tmp", {});
  for (const std::uint64_t epoch : {1, 2, 3, 4, 5}) save(files, sample_snapshot("a", epoch), 3);
  EXPECT_THAT(files.files_in(kFolder), ElementsAre("00000000000000000003.snap", "00000000000000000004.snap",
                                                   "00000000000000000005.snap"));
}

TEST(SnapshotFile, file_just_written_is_never_removed_as_old) {
  FakeFileSystem files;
  for (const std::uint64_t epoch : {100, 101, 5}) save(files, sample_snapshot("a", epoch), 1);
  EXPECT_THAT(files.files_in(kFolder), ElementsAre("00000000000000000005.snap"));
}

TEST(SnapshotFile, names_are_epochs_of_twenty_digits) {
  EXPECT_EQ(snapshot_file_name(Epoch{42}), "00000000000000000042.snap");
  EXPECT_EQ(epoch_of_file_name("00000000000000000042.snap"), Epoch{42});
  EXPECT_EQ(epoch_of_file_name(snapshot_file_name(Epoch{~0ULL})), Epoch{~0ULL});
  for (const char* name :
       {"42.snap", "0000000000000000004x.snap", "00000000000000000042.snap.tmp", "lock", ""}) {
    EXPECT_FALSE(epoch_of_file_name(name)) << name;
  }
}

TEST(SnapshotFolder, missing_folder_is_empty_and_no_problem) {
  FakeFileSystem files;
  const SnapshotFolder found = scan_snapshots(files, "state", true);
  EXPECT_TRUE(found.newest.empty());
  EXPECT_TRUE(found.problems.empty());
}

TEST(SnapshotFolder, newest_valid_file_of_each_instance_is_found) {
  FakeFileSystem files;
  save(files, sample_snapshot("a", 1));
  save(files, sample_snapshot("a", 2));
  save(files, sample_snapshot("b", 1));
  const SnapshotFolder found = scan_snapshots(files, "state", false);
  EXPECT_EQ(found.newest.at("a"), "state/a/00000000000000000002.snap");
  EXPECT_EQ(found.newest.at("b"), "state/b/00000000000000000001.snap");
  EXPECT_EQ(found.damaged, 0U);
}

TEST(SnapshotFolder, damaged_newest_file_is_skipped_counted_and_set_aside) {
  FakeFileSystem files;
  save(files, sample_snapshot("a", 1));
  save(files, sample_snapshot("a", 2));
  const std::filesystem::path newest = "state/a/00000000000000000002.snap";
  auto bytes = files.contents(newest).value();
  bytes[20] ^= std::byte{1};
  files.put(newest, bytes);
  const SnapshotFolder found = scan_snapshots(files, "state", true);
  EXPECT_EQ(found.newest.at("a"), "state/a/00000000000000000001.snap");
  EXPECT_EQ(found.damaged, 1U);
  EXPECT_THAT(files.files_in("state/a"),
              UnorderedElementsAre("00000000000000000001.snap", "00000000000000000002.snap.damaged"));
}

TEST(SnapshotFolder, damaged_file_stays_where_it_is_when_only_looking) {
  FakeFileSystem files;
  files.put("state/a/00000000000000000002.snap",
            to_bytes("no snapshot at all, but long enough to look at it"));
  EXPECT_EQ(scan_snapshots(files, "state", false).damaged, 1U);
  EXPECT_THAT(files.files_in("state/a"), ElementsAre("00000000000000000002.snap"));
}

TEST(SnapshotFolder, file_of_a_newer_version_is_left_alone) {
  FakeFileSystem files;
  auto bytes = saved_bytes();
  bytes[8] = std::byte{2};
  files.put(kFile, bytes);
  const SnapshotFolder found = scan_snapshots(files, "state", true);
  EXPECT_EQ(found.damaged, 0U);
  EXPECT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(files.files_in(kFolder), ElementsAre(kFile.filename().string()));
}

TEST(SnapshotFolder, unreadable_disk_is_not_called_damage) {
  FakeFileSystem files;
  save(files, sample_snapshot());
  for (std::uint64_t call = 0; call < 12; ++call) {
    files.plan({call, FakeFileSystem::Fault::error, EIO});
    EXPECT_EQ(scan_snapshots(files, "state", true).damaged, 0U) << call;
    files.clear_plan();
  }
  EXPECT_EQ(scan_snapshots(files, "state", true).newest.size(), 1U);
}

TEST(SnapshotFolder, users_of_a_partition_come_from_the_highest_offset_even_in_an_older_file) {
  FakeFileSystem files;
  const auto with = [](const char* instance, std::uint64_t epoch, std::int64_t offset, bool has_users) {
    Snapshot snapshot = sample_snapshot(instance, epoch);
    snapshot.applied = {{{"events", PartitionId{0}}, Offset{offset}}};
    snapshot.sections.clear();
    if (has_users) snapshot.sections["users/0"] = to_bytes("users");
    return snapshot;
  };
  save(files, with("a", 1, 500, true));  // then partition 0 went to b
  save(files, with("a", 2, 500, false));
  save(files, with("b", 9, 400, true));
  EXPECT_EQ(scan_snapshots(files, "state", false).users_of_partition.at(PartitionId{0}),
            "state/a/00000000000000000001.snap");
}

TEST(SnapshotFolder, offsets_of_a_log_that_was_made_anew_come_after_those_of_the_log_before) {
  FakeFileSystem files;
  const auto with = [](std::uint64_t epoch, std::int64_t offset, std::uint64_t logs) {
    Snapshot snapshot = sample_snapshot("a", epoch);
    snapshot.applied = {{{"events", PartitionId{7}}, Offset{offset}}};
    snapshot.sections.clear();
    snapshot.sections["users/7"] = to_bytes("users");
    if (logs > 0) snapshot.sections[logs_section(PartitionId{7}, logs)];
    return snapshot;
  };
  save(files, with(1, 1'000, 0));
  save(files, with(2, 300, 9));
  save(files, with(3, 200, 10));
  save(files, with(4, 100, 10));
  EXPECT_EQ(scan_snapshots(files, "state", false).users_of_partition.at(PartitionId{7}),
            "state/a/00000000000000000003.snap");
}

}  // namespace
}  // namespace sluice::sink

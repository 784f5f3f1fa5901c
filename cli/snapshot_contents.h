#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/types.h"
#include "sink/snapshot_file.h"

namespace sluice::cli {

// The snapshots that `snapshot inspect` was asked about: one file, or from a folder of instances the newest
// valid file of each, and for each partition the one with the newest users.
struct SnapshotChoice {
  std::map<std::string, std::filesystem::path> items;  // by instance
  std::map<PartitionId, std::filesystem::path> users;  // by partition
  std::vector<std::string> problems;                   // files passed over, one line each
};

// What stands in the way of reading on, with the exit code that says so.
struct SnapshotFailure {
  int exit_code;
  std::string text;
};

using ItemCounts = std::map<std::string, std::uint64_t>;  // events by item
using UserCounts =
    std::vector<std::tuple<std::string, PartitionId, std::uint64_t>>;  // in the order of partitions

// Verifies every byte of what it chooses. Throws SnapshotFailure.
[[nodiscard]] SnapshotChoice choose_snapshots(sink::FileSystem& files, const std::filesystem::path& path);

// An event enters the item state of one instance, so that counts of instances add up. Throws SnapshotFailure.
[[nodiscard]] ItemCounts count_items(sink::FileSystem& files, const SnapshotChoice& choice);
[[nodiscard]] UserCounts count_users(sink::FileSystem& files, const SnapshotChoice& choice);

}  // namespace sluice::cli

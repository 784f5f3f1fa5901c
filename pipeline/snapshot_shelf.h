#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "ingest/kafka_consumer.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"

namespace sluice::pipeline {

// What the snapshot folder, shared by all instances, has to offer. Control thread only.
class SnapshotShelf {
 public:
  SnapshotShelf(sink::FileSystem& files, std::filesystem::path folder, std::string instance);

  // Looks at the folder again. Damaged files of this instance are set aside.
  void scan();
  // The newest valid snapshot of this instance; null if there is none. Good until the next scan() or
  // forget().
  [[nodiscard]] const sink::Snapshot* own();
  // The snapshot with this partition's newest users, of whatever instance; null if there is none. Good as
  // own().
  [[nodiscard]] const sink::Snapshot* holder_of(PartitionId partition);
  // Whether any snapshot has any users.
  [[nodiscard]] bool knows_users() const { return !found_.users_of_partition.empty(); }
  // Frees the files' contents.
  void forget() { loaded_.clear(); }

  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  const sink::Snapshot* load(const std::filesystem::path& file);

  sink::FileSystem& files_;
  const std::filesystem::path folder_;
  const std::string instance_;
  sink::SnapshotFolder found_;
  std::uint64_t damaged_ = 0;
  std::map<std::filesystem::path, std::optional<sink::Snapshot>> loaded_;
};

}  // namespace sluice::pipeline

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "ingest/kafka_consumer.h"
#include "pipeline/counters.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"

namespace sluice::pipeline {

// What the snapshot folder, shared by all instances, has to offer. Control thread only, but for damaged().
class SnapshotShelf {
 public:
  SnapshotShelf(sink::FileSystem& files, std::filesystem::path folder, std::string instance);

  // Looks at the folder again. Damaged files are renamed to *.damaged and counted; each file that cannot be
  // used is one line of the log.
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

  // Files that were set aside. Any thread.
  [[nodiscard]] std::uint64_t damaged() const { return damaged_.get(); }

 private:
  const sink::Snapshot* load(const std::filesystem::path& file);

  sink::FileSystem& files_;
  const std::filesystem::path folder_;
  const std::string instance_;
  sink::SnapshotFolder found_;
  Counter damaged_;
  std::map<std::filesystem::path, std::optional<sink::Snapshot>> loaded_;
};

}  // namespace sluice::pipeline

#include "pipeline/snapshot_shelf.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace sluice::pipeline {

SnapshotShelf::SnapshotShelf(sink::FileSystem& files, std::filesystem::path folder, std::string instance)
    : files_(files), folder_(std::move(folder)), instance_(std::move(instance)) {}

void SnapshotShelf::scan() {
  forget();
  found_ = sink::scan_snapshots(files_, folder_, true);
  damaged_.add(found_.damaged);
  for (const std::string& problem : found_.problems) spdlog::error("snapshots: {}", problem);
}

const sink::Snapshot* SnapshotShelf::own() {
  const auto file = found_.newest.find(instance_);
  return file == found_.newest.end() ? nullptr : load(file->second);
}

const sink::Snapshot* SnapshotShelf::holder_of(PartitionId partition) {
  const auto file = found_.users_of_partition.find(partition);
  return file == found_.users_of_partition.end() ? nullptr : load(file->second);
}

const sink::Snapshot* SnapshotShelf::load(const std::filesystem::path& file) {
  const auto [entry, is_new] = loaded_.try_emplace(file);
  if (is_new) {
    sink::LoadResult result = sink::load_snapshot(files_, file);
    if (!result.snapshot) {
      spdlog::error("snapshot {}: {}: {}", file.string(), sink::to_string(result.error), result.detail);
    }
    entry->second = std::move(result.snapshot);
  }
  return entry->second ? &*entry->second : nullptr;
}

}  // namespace sluice::pipeline

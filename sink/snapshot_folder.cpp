#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

#include "common/parse_number.h"
#include "sink/file_io.h"
#include "sink/snapshot_file.h"

// What lies in a folder of snapshots: the scanning half of snapshot_file.h, and the lock.
namespace sluice::sink {
namespace {

using Path = std::filesystem::path;

struct Candidate {
  Path path;
  SnapshotSummary summary;
};

std::string logs_prefix(PartitionId partition) {
  return "logs/" + std::to_string(static_cast<std::int32_t>(partition)) + "/";
}

// "users/7" -> 7
std::optional<PartitionId> partition_of_section(std::string_view name) {
  constexpr std::string_view kUsers = "users/";
  if (!name.starts_with(kUsers)) return {};
  name.remove_prefix(kUsers.size());
  const auto number = parse_number<std::int32_t>(name);
  if (!number || *number < 0) return {};
  return PartitionId{*number};
}

// How far a snapshot is in a partition: through how many logs it has gone, and in the last ones the sum of
// the offsets over its topics. Both only grow.
struct Progress {
  std::uint64_t logs = 0;
  std::int64_t offsets = 0;
  auto operator<=>(const Progress&) const = default;
};

Progress progress_in(const SnapshotSummary& summary, PartitionId partition) {
  Progress progress;
  for (const auto& [where, offset] : summary.applied) {
    if (where.partition == partition) progress.offsets += static_cast<std::int64_t>(offset);
  }
  const std::string prefix = logs_prefix(partition);
  for (const SectionInfo& section : summary.sections) {
    if (!section.name.starts_with(prefix)) continue;
    progress.logs = parse_number<std::uint64_t>(section.name.substr(prefix.size())).value_or(0);
  }
  return progress;
}

class Scan {
 public:
  Scan(FileSystem& files, bool set_aside) : files_(files), set_aside_(set_aside) {}

  void add_instance(const Path& folder, const std::string& instance);
  [[nodiscard]] SnapshotFolder finish();
  void add_problem(const Path& path, std::string_view what) {
    found_.problems.push_back(path.string() + ": " + std::string(what));
  }

 private:
  // Whether every byte of the file is right; looked at once.
  bool is_whole(const Path& path);
  void reject(const Path& path, SnapshotError error, std::string_view detail);
  void choose_users(PartitionId partition);

  FileSystem& files_;
  bool set_aside_;
  std::vector<Candidate> candidates_;
  std::map<Path, bool> whole_;
  SnapshotFolder found_;
};

void Scan::reject(const Path& path, SnapshotError error, std::string_view detail) {
  add_problem(path, std::string(to_string(error)) + ": " + std::string(detail));
  if (!is_damage(error)) return;
  ++found_.damaged;
  if (!set_aside_) return;
  const int failed = rename_retrying(files_, path, path.string() + ".damaged");
  if (failed != 0) add_problem(path, "cannot be set aside: " + std::system_category().message(failed));
}

bool Scan::is_whole(const Path& path) {
  const auto known = whole_.find(path);
  if (known != whole_.end()) return known->second;
  const SummaryResult verified = verify_snapshot(files_, path);
  if (!verified.summary) reject(path, verified.error, verified.detail);
  return whole_[path] = verified.summary.has_value();
}

void Scan::add_instance(const Path& folder, const std::string& instance) {
  std::vector<std::pair<Epoch, std::string>> names;
  const FileSystem::Listing listing = files_.list(folder);
  if (listing.error != 0) add_problem(folder, std::system_category().message(listing.error));
  for (const std::string& name : listing.files) {
    if (const auto epoch = epoch_of_file_name(name)) names.emplace_back(*epoch, name);
  }
  std::ranges::sort(names, std::greater{});
  for (const auto& [epoch, name] : names) {
    SummaryResult read = read_snapshot_summary(files_, folder / name);
    if (!read.summary) {
      reject(folder / name, read.error, read.detail);
      continue;
    }
    if (!found_.newest.contains(instance)) {
      if (!is_whole(folder / name)) continue;
      found_.newest[instance] = folder / name;
    }
    candidates_.push_back({folder / name, std::move(*read.summary)});
  }
}

void Scan::choose_users(PartitionId partition) {
  std::vector<std::pair<Progress, const Path*>> ranked;
  const std::string section = "users/" + std::to_string(static_cast<std::int32_t>(partition));
  for (const Candidate& candidate : candidates_) {
    if (candidate.summary.find(section) == nullptr) continue;
    ranked.emplace_back(progress_in(candidate.summary, partition), &candidate.path);
  }
  std::ranges::stable_sort(ranked, std::greater{}, &std::pair<Progress, const Path*>::first);
  for (const auto& [progress, path] : ranked) {
    if (!is_whole(*path)) continue;
    found_.users_of_partition[partition] = *path;
    return;
  }
}

SnapshotFolder Scan::finish() {
  for (const Candidate& candidate : candidates_) {
    for (const SectionInfo& section : candidate.summary.sections) {
      const auto partition = partition_of_section(section.name);
      if (partition && !found_.users_of_partition.contains(*partition)) choose_users(*partition);
    }
  }
  return std::move(found_);
}

}  // namespace

std::string logs_section(PartitionId partition, std::uint64_t count) {
  return logs_prefix(partition) + std::to_string(count);
}

SnapshotFolder scan_snapshots(FileSystem& files, const Path& folder, bool set_aside) {
  Scan scan(files, set_aside);
  FileSystem::Listing listing = files.list(folder);
  if (listing.error != 0 && listing.error != ENOENT) {
    scan.add_problem(folder, std::system_category().message(listing.error));
  }
  std::ranges::sort(listing.folders);
  for (const std::string& instance : listing.folders) scan.add_instance(folder / instance, instance);
  return scan.finish();
}

std::optional<SnapshotLock> SnapshotLock::acquire(const Path& instance_folder) {
  if (const int error = ensure_folder(real_file_system(), instance_folder); error != 0) {
    errno = error;
    return {};
  }
  const Path name = instance_folder / "lock";
  SnapshotLock lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.fd_ < 0 || ::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

SnapshotLock::SnapshotLock(SnapshotLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

SnapshotLock& SnapshotLock::operator=(SnapshotLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

SnapshotLock::~SnapshotLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace sluice::sink

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/pieces.h"
#include "common/types.h"
#include "sink/file_system.h"

// Snapshot files: `<folder>/<instance>/<epoch, 20 digits>.snap`, written to a temporary name, fsync, rename,
// fsync of the folder. The byte layout is drawn in snapshot_format.h and docs/snapshot-format.md.
namespace sluice::sink {

// Sections by name: "meta" (JSON), "items", "users/<partition>", "erased/<partition>".
struct Snapshot {
  std::string instance;
  Epoch epoch{};
  std::int64_t made_ms = 0;                  // wall clock
  std::map<TopicPartition, Offset> applied;  // next offset to be applied
  std::map<std::string, std::vector<std::byte>> sections;
  // Further ones of a snapshot to be saved, as a cut put them down. Not there after loading.
  std::map<std::string, Pieces> sections_in_pieces;

  [[nodiscard]] std::size_t bytes() const;  // of all sections
};

struct SectionInfo {
  std::string name;
  std::uint64_t position = 0;  // in the file
  std::uint64_t size = 0;      // bytes
  std::uint64_t hash = 0;      // xxh3
  bool operator==(const SectionInfo&) const = default;
};

// What a file says of itself, without its sections.
struct SnapshotSummary {
  std::string instance;
  Epoch epoch{};
  std::int64_t made_ms = 0;
  std::map<TopicPartition, Offset> applied;
  std::vector<SectionInfo> sections;

  [[nodiscard]] const SectionInfo* find(std::string_view section) const;
};

enum class SnapshotError : std::uint8_t {
  none,
  io,               // the disk: says nothing about the file
  not_a_snapshot,   // another magic
  unknown_version,  // a newer program's, or damaged
  truncated,        // the end is missing, or bytes follow it
  checksum,         // bytes changed
  malformed,        // checksums hold, but the table contradicts itself
};
[[nodiscard]] std::string_view to_string(SnapshotError);
// The file itself is bad: not_a_snapshot, truncated, checksum, malformed.
[[nodiscard]] bool is_damage(SnapshotError);

struct LoadResult {
  std::optional<Snapshot> snapshot;
  SnapshotError error = SnapshotError::none;
  std::string detail;
};

struct SummaryResult {
  std::optional<SnapshotSummary> summary;
  SnapshotError error = SnapshotError::none;
  std::string detail;
};

// Throws nothing; a failed save leaves no file under the final name. Returns an error text, empty when
// durable. Then the newest `keep` files stay, and temporary ones of crashed saves go.
[[nodiscard]] std::string save_snapshot(FileSystem&, const std::filesystem::path& instance_folder,
                                        const Snapshot&, std::uint32_t keep);
// Verifies every byte.
[[nodiscard]] LoadResult load_snapshot(FileSystem&, const std::filesystem::path& file);
// Verifies header and table only: says where things are, not that the sections are whole.
[[nodiscard]] SummaryResult read_snapshot_summary(FileSystem&, const std::filesystem::path& file);
// Verifies every byte in bounded memory.
[[nodiscard]] SummaryResult verify_snapshot(FileSystem&, const std::filesystem::path& file);

// "00000000000000000042.snap" and back.
[[nodiscard]] std::string snapshot_file_name(Epoch epoch);
[[nodiscard]] std::optional<Epoch> epoch_of_file_name(std::string_view name);

// What a folder of instances holds: the newest valid file of each instance (damaged ones are renamed to
// *.damaged when `set_aside`, and counted), and for each partition the file that has gone
// through most logs and, of these, has the highest offsets. Each file named here was verified whole. Files of
// an unknown version are left alone.
struct SnapshotFolder {
  std::map<std::string, std::filesystem::path> newest;              // by instance
  std::map<PartitionId, std::filesystem::path> users_of_partition;  // where its newest users stand
  std::uint64_t damaged = 0;
  std::vector<std::string> problems;  // one line for each file or folder that could not be used
};
// The name of the empty section that says through how many logs, before the one its offsets are of, a
// snapshot's state of the partition has gone.
[[nodiscard]] std::string logs_section(PartitionId partition, std::uint64_t count);
[[nodiscard]] SnapshotFolder scan_snapshots(FileSystem&, const std::filesystem::path& folder, bool set_aside);

// Exclusive lock on `<folder>/<instance>/lock` for the process's life; nothing: another process holds it, or
// the folder cannot be written (errno tells: EWOULDBLOCK is the former).
class SnapshotLock {
 public:
  [[nodiscard]] static std::optional<SnapshotLock> acquire(const std::filesystem::path& instance_folder);
  SnapshotLock(SnapshotLock&&) noexcept;
  SnapshotLock& operator=(SnapshotLock&&) noexcept;
  ~SnapshotLock();

 private:
  explicit SnapshotLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sluice::sink

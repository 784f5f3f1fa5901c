#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "sink/file_io.h"
#include "sink/result.h"
#include "sink/snapshot_file.h"
#include "sink/snapshot_format.h"

// The reading half of snapshot_file.h.
namespace sluice::sink {
namespace {

using Path = std::filesystem::path;

struct Failure {
  SnapshotError error;
  std::string detail;
};

Failure io_failure(int error) {
  // A file that shrank under our hands.
  if (error == ENODATA) return {SnapshotError::truncated, "the file ends too early"};
  return {SnapshotError::io, std::system_category().message(error)};
}

struct OpenSnapshot {
  File file;
  SnapshotSummary summary;
};

Result<SnapshotSummary, Failure> read_summary(File& file) {
  const IoResult size = file.size();
  if (!size.ok()) return io_failure(size.error);
  const auto file_size = static_cast<std::uint64_t>(size.value);
  std::array<std::byte, kSnapshotHeaderBytes> header{};
  const auto head = std::span(header).first(std::min<std::size_t>(file_size, header.size()));
  if (const int error = file.read_exactly(0, head); error != 0) return io_failure(error);
  if (file_size < kSnapshotHeaderBytes + kSnapshotFooterBytes) {
    return Failure{SnapshotError::truncated, std::to_string(file_size) + " bytes are no snapshot"};
  }
  switch (const SnapshotError error = check_snapshot_header(header)) {
    case SnapshotError::none:
      break;
    case SnapshotError::unknown_version:
      return Failure{error, "its version is not 1"};
    default:
      return Failure{error, "it does not begin like a snapshot"};
  }
  std::array<std::byte, kSnapshotFooterBytes> end{};
  if (const int error = file.read_exactly(file_size - end.size(), end); error != 0) return io_failure(error);
  const auto footer = parse_snapshot_footer(end, file_size);
  if (!footer) return Failure{SnapshotError::truncated, "it does not end like a snapshot"};
  std::vector<std::byte> table(footer->table_size);
  if (const int error = file.read_exactly(footer->table_position, table); error != 0)
    return io_failure(error);
  if (table_hash(header, table) != footer->hash) {
    return Failure{SnapshotError::checksum, "the table's checksum is wrong"};
  }
  auto summary = parse_snapshot_table(table, footer->table_position);
  if (!summary) return Failure{SnapshotError::malformed, "the table contradicts itself"};
  return std::move(*summary);
}

Result<OpenSnapshot, Failure> open_snapshot(FileSystem& files, const Path& path) {
  const IoResult opened = open_retrying(files, path);
  if (!opened.ok()) return io_failure(opened.error);
  File file(files, FileHandle{static_cast<int>(opened.value)});
  auto summary = read_summary(file);
  if (!summary) return summary.error();
  return OpenSnapshot{std::move(file), std::move(summary.value())};
}

Failure wrong_section(const SectionInfo& section) {
  return {SnapshotError::checksum, "the checksum of section " + section.name + " is wrong"};
}

Result<std::vector<std::byte>, Failure> read_section(File& file, const SectionInfo& section) {
  std::vector<std::byte> bytes(section.size);
  if (const int error = file.read_exactly(section.position, bytes); error != 0) return io_failure(error);
  SectionHash hash;
  hash.add(bytes);
  if (hash.value() != section.hash) return wrong_section(section);
  return bytes;
}

std::optional<Failure> verify_section(File& file, const SectionInfo& section, std::span<std::byte> buffer) {
  SectionHash hash;
  for (std::uint64_t done = 0; done < section.size;) {
    const auto chunk = buffer.first(std::min<std::uint64_t>(buffer.size(), section.size - done));
    if (const int error = file.read_exactly(section.position + done, chunk); error != 0) {
      return io_failure(error);
    }
    hash.add(chunk);
    done += chunk.size();
  }
  if (hash.value() != section.hash) return wrong_section(section);
  return {};
}

}  // namespace

LoadResult load_snapshot(FileSystem& files, const Path& path) {
  auto opened = open_snapshot(files, path);
  if (!opened) return {{}, opened.error().error, opened.error().detail};
  auto& [file, summary] = opened.value();
  Snapshot snapshot{
      std::move(summary.instance), summary.epoch, summary.made_ms, std::move(summary.applied), {}, {}};
  for (const SectionInfo& section : summary.sections) {
    auto bytes = read_section(file, section);
    if (!bytes) return {{}, bytes.error().error, bytes.error().detail};
    snapshot.sections[section.name] = std::move(bytes.value());
  }
  return {std::move(snapshot), SnapshotError::none, {}};
}

SummaryResult read_snapshot_summary(FileSystem& files, const Path& path) {
  auto opened = open_snapshot(files, path);
  if (!opened) return {{}, opened.error().error, opened.error().detail};
  return {std::move(opened.value().summary), SnapshotError::none, {}};
}

SummaryResult verify_snapshot(FileSystem& files, const Path& path) {
  constexpr std::size_t kBufferBytes = 1 << 20;
  auto opened = open_snapshot(files, path);
  if (!opened) return {{}, opened.error().error, opened.error().detail};
  std::vector<std::byte> buffer(kBufferBytes);
  for (const SectionInfo& section : opened.value().summary.sections) {
    if (auto bad = verify_section(opened.value().file, section, buffer)) return {{}, bad->error, bad->detail};
  }
  return {std::move(opened.value().summary), SnapshotError::none, {}};
}

}  // namespace sluice::sink

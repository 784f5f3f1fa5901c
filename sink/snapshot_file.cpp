#include "sink/snapshot_file.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

#include "common/parse_number.h"
#include "sink/file_io.h"
#include "sink/snapshot_format.h"

namespace sluice::sink {
namespace {

using Path = std::filesystem::path;

constexpr std::string_view kSuffix = ".snap";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kEpochDigits = 20;

std::string failure(std::string_view what, const Path& path, int error) {
  return std::string(what) + " " + path.string() + ": " + std::system_category().message(error);
}

// errno
int write_contents(File& file, const Snapshot& snapshot) {
  if (const int error = file.write_all(snapshot_header()); error != 0) return error;
  SnapshotSummary summary{snapshot.instance, snapshot.epoch, snapshot.made_ms, snapshot.applied, {}};
  std::uint64_t position = kSnapshotHeaderBytes;
  const auto write_section = [&](const std::string& name, std::size_t size, const auto& pieces) {
    SectionHash hash;
    for (const auto& piece : pieces) {
      hash.add(piece);
      if (const int error = file.write_all(piece); error != 0) return error;
    }
    summary.sections.push_back({name, position, size, hash.value()});
    position += size;
    return 0;
  };
  for (const auto& [name, bytes] : snapshot.sections) {
    if (const int error = write_section(name, bytes.size(), std::span(&bytes, 1)); error != 0) return error;
  }
  for (const auto& [name, section] : snapshot.sections_in_pieces) {
    if (const int error = write_section(name, section.size(), section.pieces()); error != 0) return error;
  }
  return file.write_all(encode_snapshot_end(summary, position));
}

// A durable file under the temporary name, or an error text.
std::string write_temporary(FileSystem& files, const Path& temporary, const Snapshot& snapshot) {
  const IoResult created = create_retrying(files, temporary);
  if (!created.ok()) return failure("cannot create", temporary, created.error);
  File file(files, FileHandle{static_cast<int>(created.value)});
  if (const int error = write_contents(file, snapshot); error != 0) {
    return failure("cannot write", temporary, error);
  }
  // After a failed fsync the kernel may have dropped the pages: never tried again on the same file.
  if (const int error = file.sync(); error != 0) return failure("cannot fsync", temporary, error);
  if (const int error = file.close(); error != 0) return failure("cannot close", temporary, error);
  return {};
}

// Best effort: a file that stays costs only space, and the next save tries again.
void remove_old(FileSystem& files, const Path& folder, Epoch just_written, std::uint32_t keep) {
  std::vector<std::pair<Epoch, std::string>> others;
  for (const std::string& name : files.list(folder).files) {
    const auto epoch = epoch_of_file_name(name);
    if (epoch && *epoch != just_written) others.emplace_back(*epoch, name);
    if (name.ends_with(kTemporarySuffix)) static_cast<void>(files.remove(folder / name));
  }
  std::ranges::sort(others, std::greater{});
  const std::size_t kept = keep > 0 ? keep - 1 : 0;
  for (std::size_t i = kept; i < others.size(); ++i)
    static_cast<void>(files.remove(folder / others[i].second));
}

}  // namespace

std::size_t Snapshot::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, section] : sections) bytes += section.size();
  for (const auto& [name, section] : sections_in_pieces) bytes += section.size();
  return bytes;
}

const SectionInfo* SnapshotSummary::find(std::string_view section) const {
  const auto found = std::ranges::find(sections, section, &SectionInfo::name);
  return found == sections.end() ? nullptr : &*found;
}

std::string_view to_string(SnapshotError error) {
  switch (error) {
    case SnapshotError::none:
      return "none";
    case SnapshotError::io:
      return "io";
    case SnapshotError::not_a_snapshot:
      return "not_a_snapshot";
    case SnapshotError::unknown_version:
      return "unknown_version";
    case SnapshotError::truncated:
      return "truncated";
    case SnapshotError::checksum:
      return "checksum";
    case SnapshotError::malformed:
      return "malformed";
  }
  return "unknown";
}

bool is_damage(SnapshotError error) {
  return error == SnapshotError::not_a_snapshot || error == SnapshotError::truncated ||
         error == SnapshotError::checksum || error == SnapshotError::malformed;
}

std::string snapshot_file_name(Epoch epoch) {
  const std::string digits = std::to_string(static_cast<std::uint64_t>(epoch));
  return std::string(kEpochDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

std::optional<Epoch> epoch_of_file_name(std::string_view name) {
  if (name.size() != kEpochDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  const auto epoch = parse_number<std::uint64_t>(name.substr(0, kEpochDigits));
  if (!epoch) return {};
  return Epoch{*epoch};
}

std::string save_snapshot(FileSystem& files, const Path& instance_folder, const Snapshot& snapshot,
                          std::uint32_t keep) {
  const Path final_name = instance_folder / snapshot_file_name(snapshot.epoch);
  const Path temporary = final_name.string() + std::string(kTemporarySuffix);
  if (const int error = ensure_folder(files, instance_folder); error != 0) {
    return failure("cannot make", instance_folder, error);
  }
  std::string problem = write_temporary(files, temporary, snapshot);
  if (problem.empty()) {
    const int error = rename_retrying(files, temporary, final_name);
    if (error != 0) problem = failure("cannot rename", temporary, error);
  }
  if (!problem.empty()) {
    static_cast<void>(files.remove(temporary));
    return problem;
  }
  if (const int error = sync_folder_retrying(files, instance_folder); error != 0) {
    static_cast<void>(files.remove(final_name));
    return failure("cannot fsync", instance_folder, error);
  }
  remove_old(files, instance_folder, snapshot.epoch, keep);
  return {};
}

}  // namespace sluice::sink

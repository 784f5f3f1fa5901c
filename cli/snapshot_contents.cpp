#include "cli/snapshot_contents.h"

#include <string_view>
#include <utility>

#include "cli/exit_codes.h"
#include "common/parse_number.h"
#include "model/inspect.h"

namespace sluice::cli {
namespace {

using sink::FileSystem;
using sink::Snapshot;
using sink::SnapshotError;
using std::filesystem::path;

constexpr std::string_view kUsersPrefix = "users/";

SnapshotFailure failure(const path& file, SnapshotError error, const std::string& detail) {
  const std::string text = file.string() + ": " + std::string(to_string(error));
  return {error == SnapshotError::io ? kEnvironment : kNoData, detail.empty() ? text : text + ": " + detail};
}

SnapshotFailure damaged_section(const path& file, const std::string& section) {
  return {kNoData, file.string() + ": the section " + section + " is damaged"};
}

Snapshot load(FileSystem& files, const path& file) {
  auto loaded = sink::load_snapshot(files, file);
  if (!loaded.snapshot) throw failure(file, loaded.error, loaded.detail);
  return std::move(*loaded.snapshot);
}

std::optional<PartitionId> partition_of_section(std::string_view name) {
  if (!name.starts_with(kUsersPrefix)) return std::nullopt;
  name.remove_prefix(kUsersPrefix.size());
  const auto number = parse_number<std::int32_t>(name);
  if (!number) return std::nullopt;
  return PartitionId{*number};
}

SnapshotChoice choose_file(FileSystem& files, const path& file) {
  const auto verified = sink::verify_snapshot(files, file);
  if (!verified.summary) throw failure(file, verified.error, verified.detail);
  SnapshotChoice choice;
  choice.items[verified.summary->instance] = file;
  for (const auto& section : verified.summary->sections) {
    if (const auto partition = partition_of_section(section.name)) choice.users[*partition] = file;
  }
  return choice;
}

void append_users(const Snapshot& snapshot, const path& file, PartitionId partition, UserCounts& counts) {
  const std::string name = std::string(kUsersPrefix) + std::to_string(static_cast<std::int32_t>(partition));
  const auto section = snapshot.sections.find(name);
  if (section == snapshot.sections.end()) return;  // a partition that has no users yet
  auto users = model::user_events(section->second);
  if (!users) throw damaged_section(file, name);
  for (auto& user : *users) counts.emplace_back(std::move(user.user), partition, user.events);
}

}  // namespace

SnapshotChoice choose_snapshots(FileSystem& files, const path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw SnapshotFailure{kNoData, path.string() + ": there is no such file"};
  if (!std::filesystem::is_directory(status)) return choose_file(files, path);
  auto folder = sink::scan_snapshots(files, path, false);
  if (folder.newest.empty()) {
    std::string text = path.string() + ": no snapshot in <folder>/<instance>/*.snap";
    for (const auto& problem : folder.problems) text += "\n  " + problem;
    throw SnapshotFailure{kNoData, std::move(text)};
  }
  return {std::move(folder.newest), std::move(folder.users_of_partition), std::move(folder.problems)};
}

ItemCounts count_items(FileSystem& files, const SnapshotChoice& choice) {
  ItemCounts counts;
  for (const auto& [instance, file] : choice.items) {
    const Snapshot snapshot = load(files, file);
    const auto section = snapshot.sections.find("items");
    if (section == snapshot.sections.end()) continue;
    const auto items = model::item_events(section->second);
    if (!items) throw damaged_section(file, "items");
    for (const auto& [item, events] : *items) counts[item] += events;
  }
  return counts;
}

UserCounts count_users(FileSystem& files, const SnapshotChoice& choice) {
  std::map<path, std::vector<PartitionId>> partitions_of_file;
  for (const auto& [partition, file] : choice.users) partitions_of_file[file].push_back(partition);
  UserCounts counts;
  for (const auto& [file, partitions] : partitions_of_file) {
    const Snapshot snapshot = load(files, file);
    for (const PartitionId partition : partitions) append_users(snapshot, file, partition, counts);
  }
  return counts;
}

}  // namespace sluice::cli

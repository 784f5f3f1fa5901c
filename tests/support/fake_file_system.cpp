#include "support/fake_file_system.h"

#include <algorithm>
#include <cerrno>

namespace sluice::test {

using sink::FileHandle;
using sink::IoResult;

namespace {

IoResult failed(int error) {
  return {0, error};
}

}  // namespace

int FakeFileSystem::next_call() {
  const std::uint64_t call = calls_++;
  if (power_is_off_) return EIO;
  short_write_now_ = false;
  if (!plan_ || plan_->at_call != call) return 0;
  switch (plan_->fault) {
    case Fault::error:
      return plan_->error_number;
    case Fault::short_write:
      short_write_now_ = true;
      return 0;
    case Fault::power_cut:
      power_is_off_ = true;
      return EIO;
  }
  return 0;
}

void FakeFileSystem::plan(Plan plan) {
  plan_ = plan;
  calls_ = 0;
}

void FakeFileSystem::restore_power(bool names_survive) {
  power_is_off_ = false;
  plan_.reset();
  open_.clear();
  if (names_survive) {
    synced_names_ = names_;
    synced_folders_ = folders_;
  }
  names_ = synced_names_;
  folders_ = synced_folders_;
  for (auto& [name, inode] : names_) inode->now = inode->synced;
}

IoResult FakeFileSystem::create(const Path& file) {
  if (const int error = next_call(); error != 0) return failed(error);
  if (!folders_.contains(file.parent_path())) return failed(ENOENT);
  auto& inode = names_[file];
  if (inode == nullptr) inode = std::make_shared<Inode>();
  inode->now.clear();
  open_[next_handle_] = inode;
  return {next_handle_++, 0};
}

IoResult FakeFileSystem::open(const Path& file) {
  if (const int error = next_call(); error != 0) return failed(error);
  const auto found = names_.find(file);
  if (found == names_.end()) return failed(ENOENT);
  open_[next_handle_] = found->second;
  return {next_handle_++, 0};
}

IoResult FakeFileSystem::write(FileHandle file, std::span<const std::byte> bytes) {
  if (const int error = next_call(); error != 0) return failed(error);
  if (short_write_now_) bytes = bytes.first(std::min<std::size_t>(1, bytes.size()));
  auto& data = open_.at(static_cast<int>(file))->now;
  data.insert(data.end(), bytes.begin(), bytes.end());
  return {static_cast<std::int64_t>(bytes.size()), 0};
}

IoResult FakeFileSystem::read_at(FileHandle file, std::uint64_t position, std::span<std::byte> bytes) {
  if (const int error = next_call(); error != 0) return failed(error);
  const auto& data = open_.at(static_cast<int>(file))->now;
  if (position >= data.size()) return {};
  std::size_t count = std::min<std::size_t>(bytes.size(), data.size() - position);
  if (short_write_now_) count = 1;
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(position), count, bytes.begin());
  return {static_cast<std::int64_t>(count), 0};
}

IoResult FakeFileSystem::size(FileHandle file) {
  if (const int error = next_call(); error != 0) return failed(error);
  return {static_cast<std::int64_t>(open_.at(static_cast<int>(file))->now.size()), 0};
}

IoResult FakeFileSystem::sync(FileHandle file) {
  if (const int error = next_call(); error != 0) return failed(error);
  auto& inode = *open_.at(static_cast<int>(file));
  inode.synced = inode.now;
  return {};
}

IoResult FakeFileSystem::close(FileHandle file) {
  open_.erase(static_cast<int>(file));  // Linux gives the descriptor up even when close() fails
  return failed(next_call());
}

IoResult FakeFileSystem::rename(const Path& from, const Path& to) {
  if (const int error = next_call(); error != 0) return failed(error);
  const auto found = names_.find(from);
  if (found == names_.end()) return failed(ENOENT);
  names_[to] = found->second;
  names_.erase(from);
  return {};
}

IoResult FakeFileSystem::remove(const Path& file) {
  if (const int error = next_call(); error != 0) return failed(error);
  return names_.erase(file) == 1 ? IoResult{} : failed(ENOENT);
}

IoResult FakeFileSystem::make_folder(const Path& folder) {
  if (const int error = next_call(); error != 0) return failed(error);
  const Path parent = folder.parent_path().empty() ? Path(".") : folder.parent_path();
  if (!folders_.contains(parent)) return failed(ENOENT);
  return {folders_.insert(folder).second ? 1 : 0, 0};
}

IoResult FakeFileSystem::sync_folder(const Path& folder) {
  if (const int error = next_call(); error != 0) return failed(error);
  std::erase_if(synced_names_, [&](const auto& entry) { return entry.first.parent_path() == folder; });
  for (const auto& [name, inode] : names_) {
    if (name.parent_path() == folder) synced_names_[name] = inode;
  }
  for (const Path& child : folders_) {
    const Path parent = child.parent_path().empty() ? Path(".") : child.parent_path();
    if (parent == folder) synced_folders_.insert(child);
  }
  return {};
}

sink::FileSystem::Listing FakeFileSystem::list(const Path& folder) {
  Listing listing;
  listing.error = next_call();
  if (listing.error != 0) return listing;
  if (!folders_.contains(folder)) return {{}, {}, ENOENT};
  for (const auto& [name, inode] : names_) {
    if (name.parent_path() == folder) listing.files.push_back(name.filename());
  }
  for (const Path& child : folders_) {
    if (child.parent_path() == folder) listing.folders.push_back(child.filename());
  }
  return listing;
}

void FakeFileSystem::put(const Path& file, std::vector<std::byte> bytes) {
  for (Path folder = file.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    folders_.insert(folder);
    synced_folders_.insert(folder);
  }
  names_[file] = std::make_shared<Inode>(Inode{bytes, bytes});
  synced_names_[file] = names_[file];
}

std::optional<std::vector<std::byte>> FakeFileSystem::contents(const Path& file) const {
  const auto found = names_.find(file);
  return found == names_.end() ? std::nullopt : std::optional(found->second->now);
}

std::set<std::string> FakeFileSystem::files_in(const Path& folder) const {
  std::set<std::string> files;
  for (const auto& [name, inode] : names_) {
    if (name.parent_path() == folder) files.insert(name.filename());
  }
  return files;
}

}  // namespace sluice::test

#include "sink/file_io.h"

#include <algorithm>
#include <cerrno>

namespace sluice::sink {
namespace {

template <typename Call>
IoResult retrying(Call call) {
  IoResult result = call();
  while (result.error == EINTR) result = call();
  return result;
}

std::filesystem::path parent_of(const std::filesystem::path& folder) {
  const auto parent = folder.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

}  // namespace

int File::write_all(std::span<const std::byte> bytes) {
  constexpr std::size_t kChunkBytes = 1 << 20;
  while (!bytes.empty()) {
    const auto chunk = bytes.first(std::min(bytes.size(), kChunkBytes));
    const IoResult written = retrying([&] { return files_->write(handle_, chunk); });
    if (!written.ok()) return written.error;
    if (written.value == 0) return ENOSPC;  // POSIX leaves no other meaning
    bytes = bytes.subspan(static_cast<std::size_t>(written.value));
  }
  return 0;
}

int File::read_exactly(std::uint64_t position, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const IoResult got = retrying([&] { return files_->read_at(handle_, position, bytes); });
    if (!got.ok()) return got.error;
    if (got.value == 0) return ENODATA;
    position += static_cast<std::uint64_t>(got.value);
    bytes = bytes.subspan(static_cast<std::size_t>(got.value));
  }
  return 0;
}

IoResult File::size() {
  return retrying([&] { return files_->size(handle_); });
}

int File::sync() {
  return retrying([&] { return files_->sync(handle_); }).error;
}

int File::close() {
  open_ = false;
  const int error = files_->close(handle_).error;
  return error == EINTR ? 0 : error;  // Linux has closed it
}

IoResult open_retrying(FileSystem& files, const std::filesystem::path& file) {
  return retrying([&] { return files.open(file); });
}

IoResult create_retrying(FileSystem& files, const std::filesystem::path& file) {
  return retrying([&] { return files.create(file); });
}

int rename_retrying(FileSystem& files, const std::filesystem::path& from, const std::filesystem::path& to) {
  return retrying([&] { return files.rename(from, to); }).error;
}

int sync_folder_retrying(FileSystem& files, const std::filesystem::path& folder) {
  return retrying([&] { return files.sync_folder(folder); }).error;
}

int ensure_folder(FileSystem& files, const std::filesystem::path& folder) {
  IoResult made = retrying([&] { return files.make_folder(folder); });
  if (made.error == ENOENT && folder.has_relative_path() && folder != parent_of(folder)) {
    if (const int error = ensure_folder(files, parent_of(folder)); error != 0) return error;
    made = retrying([&] { return files.make_folder(folder); });
  }
  if (!made.ok()) return made.error;
  return made.value == 1 ? sync_folder_retrying(files, parent_of(folder)) : 0;
}

}  // namespace sluice::sink

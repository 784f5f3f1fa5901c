#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

#include "sink/file_system.h"

// Whole operations on the seam: EINTR is tried again, short reads and writes are continued. Each returns
// errno, 0: done.
namespace sluice::sink {

// An open file; closed at the end of its life.
class File {
 public:
  File(FileSystem& files, FileHandle handle) : files_(&files), handle_(handle), open_(true) {}
  File(File&& other) noexcept
      : files_(other.files_), handle_(other.handle_), open_(std::exchange(other.open_, false)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (open_) static_cast<void>(files_->close(handle_));
  }

  [[nodiscard]] int write_all(std::span<const std::byte> bytes);
  // ENODATA: the file ends before.
  [[nodiscard]] int read_exactly(std::uint64_t position, std::span<std::byte> bytes);
  [[nodiscard]] IoResult size();
  [[nodiscard]] int sync();
  // Closes early to learn of a late write error. The descriptor is gone in any case.
  [[nodiscard]] int close();

 private:
  FileSystem* files_;
  FileHandle handle_;
  bool open_;
};

[[nodiscard]] IoResult open_retrying(FileSystem& files, const std::filesystem::path& file);  // value: handle
[[nodiscard]] IoResult create_retrying(FileSystem& files,
                                       const std::filesystem::path& file);  // value: handle
[[nodiscard]] int rename_retrying(FileSystem& files, const std::filesystem::path& from,
                                  const std::filesystem::path& to);
[[nodiscard]] int sync_folder_retrying(FileSystem& files, const std::filesystem::path& folder);

// The folder and those above it, each made durable in its parent.
[[nodiscard]] int ensure_folder(FileSystem& files, const std::filesystem::path& folder);

}  // namespace sluice::sink

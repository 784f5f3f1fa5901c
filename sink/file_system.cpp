#include "sink/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "sink/unique_fd.h"

namespace sluice::sink {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kFolderMode = 0750;

IoResult result_of(std::int64_t returned) {
  return returned < 0 ? IoResult{0, errno} : IoResult{returned, 0};
}

int fd_of(FileHandle file) {
  return static_cast<int>(file);
}

class RealFileSystem final : public FileSystem {
 public:
  IoResult create(const Path& file) override {
    return result_of(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  }
  IoResult open(const Path& file) override { return result_of(::open(file.c_str(), O_RDONLY | O_CLOEXEC)); }
  IoResult write(FileHandle file, std::span<const std::byte> bytes) override {
    const auto written = ::write(fd_of(file), bytes.data(), bytes.size());
    // The disk begins at once instead of when sync() waits for it; whether that works says sync().
    if (written > 0) ::sync_file_range(fd_of(file), 0, 0, SYNC_FILE_RANGE_WRITE);
    return result_of(written);
  }
  IoResult read_at(FileHandle file, std::uint64_t position, std::span<std::byte> bytes) override {
    return result_of(::pread(fd_of(file), bytes.data(), bytes.size(), static_cast<off_t>(position)));
  }
  IoResult size(FileHandle file) override {
    struct stat status {};
    const int returned = ::fstat(fd_of(file), &status);
    return returned < 0 ? IoResult{0, errno} : IoResult{status.st_size, 0};
  }
  IoResult sync(FileHandle file) override { return result_of(::fdatasync(fd_of(file))); }
  IoResult close(FileHandle file) override { return result_of(::close(fd_of(file))); }

  IoResult rename(const Path& from, const Path& to) override {
    return result_of(std::rename(from.c_str(), to.c_str()));
  }
  IoResult remove(const Path& file) override { return result_of(::unlink(file.c_str())); }
  IoResult make_folder(const Path& folder) override {
    if (::mkdir(folder.c_str(), kFolderMode) == 0) return {1, 0};
    return errno == EEXIST ? IoResult{} : IoResult{0, errno};
  }
  IoResult sync_folder(const Path& folder) override {
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return {0, errno};
    return result_of(::fsync(fd.get()));
  }
  Listing list(const Path& folder) override;
};

FileSystem::Listing RealFileSystem::list(const Path& folder) {
  Listing listing;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  while (!error && at != std::filesystem::directory_iterator()) {
    std::error_code gone;  // between the listing and the look: no entry
    const bool is_folder = at->is_directory(gone);
    if (!gone) (is_folder ? listing.folders : listing.files).push_back(at->path().filename().string());
    at.increment(error);
  }
  listing.error = error.value();
  return listing;
}

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem files;
  return files;
}

}  // namespace sluice::sink

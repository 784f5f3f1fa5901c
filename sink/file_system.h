#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

// The seam to the disk: one call here is one system call, so that a test can make each of them fail.
namespace sluice::sink {

struct [[nodiscard]] IoResult {
  std::int64_t value = 0;
  int error = 0;  // errno; 0: done
  [[nodiscard]] bool ok() const { return error == 0; }
};

enum class FileHandle : int {};

class FileSystem {
 public:
  using Path = std::filesystem::path;

  struct Listing {
    std::vector<std::string> files;    // names, in no order
    std::vector<std::string> folders;  // names, in no order, without . and ..
    int error = 0;
  };

  virtual ~FileSystem() = default;

  // Each returns a FileHandle as value. A file that exists is emptied by create.
  virtual IoResult create(const Path& file) = 0;
  virtual IoResult open(const Path& file) = 0;  // to read

  // Bytes moved as value; fewer than asked for is no error. At the end of the file read_at gives 0.
  virtual IoResult write(FileHandle file, std::span<const std::byte> bytes) = 0;
  virtual IoResult read_at(FileHandle file, std::uint64_t position, std::span<std::byte> bytes) = 0;
  virtual IoResult size(FileHandle file) = 0;  // bytes as value
  virtual IoResult sync(FileHandle file) = 0;  // data and size are on the disk
  virtual IoResult close(FileHandle file) = 0;

  virtual IoResult rename(const Path& from, const Path& to) = 0;  // replaces `to`
  virtual IoResult remove(const Path& file) = 0;
  virtual IoResult make_folder(const Path& folder) = 0;  // value 1: made, 0: was there
  virtual IoResult sync_folder(const Path& folder) = 0;  // the names in it are on the disk
  [[nodiscard]] virtual Listing list(const Path& folder) = 0;
};

[[nodiscard]] FileSystem& real_file_system();

}  // namespace sluice::sink

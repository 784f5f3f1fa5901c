#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ingest {

// Sequential reader of a text file, plain or gzip (told apart by content), in bounded memory. A byte
// order mark at the start is skipped. Not thread-safe.
class TextFile {
 public:
  explicit TextFile(const std::string& path);

  // The next byte, or kEnd: at the end and after an error.
  static constexpr int kEnd = -1;
  [[nodiscard]] int get() {
    if (at_ == end_ && !fill()) return kEnd;
    return static_cast<unsigned char>(buffer_[at_++]);
  }
  [[nodiscard]] int peek() {
    if (at_ == end_ && !fill()) return kEnd;
    return static_cast<unsigned char>(buffer_[at_]);
  }

  // Appends the rest of the line to `line` without its LF or CRLF; false if there is nothing left to read.
  [[nodiscard]] bool append_line(std::string& line);

  // Share of the file's bytes (as they lie on disk) read so far, 0 to 1.
  [[nodiscard]] double progress() const;
  // Empty, or why the file could not be opened or read to its end.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose_r(file); }
  };
  bool fill();

  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t size_on_disk_ = 0;
  std::string error_;
};

}  // namespace sluice::ingest

#include "ingest/text_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "ingest/byte_order_mark.h"

namespace sluice::ingest {
namespace {

constexpr unsigned kBufferBytes = 256 * 1024;

}  // namespace

TextFile::TextFile(const std::string& path) : path_(path), buffer_(kBufferBytes) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    error_ = path + ": is a folder";
    return;
  }
  errno = 0;
  file_.reset(gzopen(path.c_str(), "rbe"));
  if (!file_) {
    error_ = path + ": " + (errno != 0 ? std::strerror(errno) : "cannot be opened");
    return;
  }
  gzbuffer(file_.get(), kBufferBytes);
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (!failure) size_on_disk_ = size;
  if (fill() && std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark))
    at_ = kByteOrderMark.size();
}

bool TextFile::fill() {
  if (!file_ || !error_.empty()) return false;
  const int count = gzread(file_.get(), buffer_.data(), kBufferBytes);
  int code = Z_OK;
  const char* const message = gzerror(file_.get(), &code);
  // A gzip file that was cut off reads as a short end, told by the error code alone.
  if (count < 0 || (count == 0 && code != Z_OK && code != Z_STREAM_END)) {
    error_ = path_ + ": " + (code == Z_ERRNO ? std::strerror(errno) : message);
    return false;
  }
  at_ = 0;
  end_ = static_cast<std::size_t>(count);
  return count > 0;
}

bool TextFile::append_line(std::string& line) {
  if (peek() == kEnd) return false;
  while (peek() != kEnd) {
    const char* const first = buffer_.data() + at_;
    const char* const last = buffer_.data() + end_;
    const char* const newline = std::find(first, last, '\n');
    line.append(first, newline);
    at_ = static_cast<std::size_t>(newline - buffer_.data());
    if (newline != last) {
      ++at_;
      break;
    }
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

double TextFile::progress() const {
  if (!file_ || size_on_disk_ == 0) return 1.0;
  const auto offset = static_cast<double>(gzoffset(file_.get()));
  return std::clamp(offset / static_cast<double>(size_on_disk_), 0.0, 1.0);
}

}  // namespace sluice::ingest

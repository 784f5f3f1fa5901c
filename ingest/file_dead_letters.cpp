#include "ingest/file_dead_letters.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/json.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t kWriteBytes = 64 * 1024;
constexpr std::size_t kMaxPendingBytes = 1024 * 1024;

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

void put_bytes(nlohmann::ordered_json& object, const std::string& name, std::string_view bytes) {
  if (bytes.data() == nullptr) {
    object[name] = nullptr;
  } else if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
    object[name] = bytes;
  } else {
    object[name + "_base64"] = base64(bytes);
  }
}

}  // namespace

std::string dead_letter_line(const DeadLetter& letter) {
  nlohmann::ordered_json line;
  line["reason"] = to_string(letter.reason);
  line["topic"] = letter.origin.topic;
  line["partition"] = static_cast<std::int32_t>(letter.origin.partition);
  line["offset"] = static_cast<std::int64_t>(letter.offset);
  line["timestamp_ms"] = to_unix_ms(letter.record_time);
  put_bytes(line, "key", letter.key);
  put_bytes(line, "payload", letter.payload);
  auto& headers = line["headers"] = nlohmann::ordered_json::array();
  for (const HeaderView& header : letter.headers) {
    nlohmann::ordered_json entry;
    put_bytes(entry, "name", header.name);
    put_bytes(entry, "value", header.value);
    headers.push_back(std::move(entry));
  }
  return line.dump() + "\n";
}

FileDeadLetters::FileDeadLetters(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {
  if (descriptor_ < 0) {
    throw std::runtime_error("dead-letter file " + path + ": " + std::strerror(errno));
  }
  struct stat info {};
  char last = '\n';
  if (::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
      ::pread(descriptor_, &last, 1, info.st_size - 1) == 1 && last != '\n') {
    pending_.push_back('\n');
  }
}

FileDeadLetters::~FileDeadLetters() {
  static_cast<void>(flush(sent_, std::chrono::milliseconds{0}));
  ::close(descriptor_);
}

bool FileDeadLetters::send(const DeadLetter& letter) {
  const std::string line = dead_letter_line(letter);
  const std::lock_guard lock(mutex_);
  if (pending_.size() >= kWriteBytes && !write_pending() && pending_.size() >= kMaxPendingBytes) return false;
  pending_ += line;
  ++sent_;
  return true;
}

bool FileDeadLetters::write_pending() {
  while (!pending_.empty()) {
    const ssize_t written = ::write(descriptor_, pending_.data(), pending_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    pending_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

bool FileDeadLetters::flush(std::uint64_t letters, std::chrono::milliseconds) {
  const std::lock_guard lock(mutex_);
  if (acknowledged_ >= letters) return true;
  // A device or a pipe cannot be synced and tells so by EINVAL; all was done there that can be.
  if (!write_pending() || (::fdatasync(descriptor_) != 0 && errno != EINVAL)) return false;
  acknowledged_ = sent_;
  return true;
}

std::uint64_t FileDeadLetters::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

std::uint64_t FileDeadLetters::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace sluice::ingest

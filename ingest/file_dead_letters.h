#pragma once

#include <mutex>
#include <string>

#include "ingest/dead_letters.h"

namespace sluice::ingest {

// Dead letters as JSON lines, appended to a file:
//   {"reason":"not_json","topic":"events","partition":3,"offset":17,"timestamp_ms":1718000000123,
//    "key":"u1","payload":"{...","headers":[{"name":"trace","value":"7"}]}
// What is no UTF-8 stands in base64 under a name that ends in `_base64` instead; null is null. acknowledged()
// moves in flush() alone, which syncs the file. A full disk makes send() refuse once 1 MiB waits, and is not
// a failure(): writing is tried again with each call.
class FileDeadLetters : public DeadLetterSink {
 public:
  // Opens or creates the file; a last line that was cut off is ended. Throws std::runtime_error if it cannot.
  explicit FileDeadLetters(const std::string& path);
  FileDeadLetters(const FileDeadLetters&) = delete;
  FileDeadLetters& operator=(const FileDeadLetters&) = delete;
  ~FileDeadLetters() override;  // flushes

  [[nodiscard]] bool send(const DeadLetter& letter) override;
  [[nodiscard]] std::uint64_t sent() const override;
  [[nodiscard]] std::uint64_t acknowledged() const override;
  [[nodiscard]] bool flush(std::uint64_t letters, std::chrono::milliseconds at_most) override;

 private:
  bool write_pending();

  mutable std::mutex mutex_;
  int descriptor_ = -1;
  std::string pending_;  // lines not yet written
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
};

// One line of that form, with its line end.
[[nodiscard]] std::string dead_letter_line(const DeadLetter& letter);

}  // namespace sluice::ingest

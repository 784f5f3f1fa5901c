#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/options.h"
#include "ingest/file_event.h"

namespace sluice::ingest {

// Streams the events of a file, one by one in the file's order. The form is told by the content: JSON lines
// if the first byte that is no space is `{`, else CSV with a header; either plain or gzip.
//
// CSV columns are found by name: `timestamp_ms` (milliseconds since the epoch) or `timestamp` (any form of
// event_time.h), `user` and `item` must be there, `value` and `type` may; others are ignored. JSON lines are
// read by the same mapping as Kafka records, but must carry their time. Weights and filters are not applied
// (EventWeights). Control events are those of Decoder; in CSV their rows leave empty what they do not need.
class EventFile {
 public:
  explicit EventFile(const std::string& path, const config::EventOptions& mapping = {});
  ~EventFile();
  EventFile(EventFile&&) noexcept;
  EventFile& operator=(EventFile&&) noexcept;

  // Nothing at the end, and at the first error, which is for good.
  [[nodiscard]] std::optional<FileEvent> next();

  // Empty, or what is wrong, with path and line: "events.csv: line 7: bad value 'x'".
  [[nodiscard]] const std::string& error() const;
  // Share of the file's bytes read so far, 0 to 1.
  [[nodiscard]] double progress() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::ingest

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/types.h"
#include "config/options.h"
#include "ingest/event.h"

namespace sluice::ingest {

struct HeaderView {
  std::string_view name;
  std::string_view value;  // data() == nullptr: null
};

struct DeadLetter {
  TopicPartition origin;
  Offset offset{};
  Timestamp record_time;
  std::string_view key;             // data() == nullptr: the record has none
  std::string_view payload;         // data() == nullptr: null
  std::vector<HeaderView> headers;  // the record's own
  RejectReason reason{};
};

// Where bad events go. Implementations: Kafka topic (asynchronous, idempotent producer), JSON-lines file,
// none. Thread-safe: every shard sends here.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;

  // Copies what it needs. False: the sink's bounded queue is full, try again later (the shard holds the
  // record and stops reading; nothing is dropped).
  [[nodiscard]] virtual bool send(const DeadLetter&) = 0;

  // The number of letters sent so far; the first acknowledged() of them are durable.
  [[nodiscard]] virtual std::uint64_t sent() const = 0;
  [[nodiscard]] virtual std::uint64_t acknowledged() const = 0;

  // Waits until the first `letters` are durable, at most that long; what is sent after them is not waited
  // for. True if they are.
  [[nodiscard]] virtual bool flush(std::uint64_t letters, std::chrono::milliseconds at_most) = 0;

  // Why letters cannot be stored any more, empty while there is hope: then the service must stop, because
  // acknowledged() will never reach sent().
  [[nodiscard]] virtual std::string failure() const { return {}; }
};

// The sink that events.on_bad names: a Kafka topic, a file, or none (`drop`, and `topic` without
// kafka.dead_letter_topic). Throws std::runtime_error if it cannot be opened.
[[nodiscard]] std::unique_ptr<DeadLetterSink> make_dead_letter_sink(const config::Options& options);

}  // namespace sluice::ingest

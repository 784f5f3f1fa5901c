#pragma once

#include <cstdint>
#include <optional>

#include "common/types.h"
#include "ingest/kafka_consumer.h"

namespace sluice::pipeline {

// What is known of one topic-partition when it is assigned.
struct StartFacts {
  std::optional<Offset> snapshot;   // where its newest snapshot stands
  std::optional<Offset> committed;  // by the group
  ingest::Watermarks log;           // what Kafka still has
  bool allow_cold_start = false;
  Offset without_snapshot{};  // where a partition without snapshot and commits begins
};

struct StartPosition {
  enum class Kind : std::uint8_t {
    resumed,    // from the snapshot
    cold,       // from the commit, without the state before it, as the configuration allows
    fresh,      // never read before
    forbidden,  // commits but no snapshot, and no cold start allowed: `from` means nothing
    log_gap,    // records between snapshot (or commit) and log are gone; `from` is where the log goes on
  };
  Kind kind{};
  Offset from{};
  std::uint64_t lost =
      0;  // log_gap: how many offsets are gone; 0 if the log is another one (topic made anew)

  [[nodiscard]] bool is_of_another_log() const { return kind == Kind::log_gap && lost == 0; }
};

// A snapshot beyond the log's end belongs to a log that is no more: that is a gap too.
[[nodiscard]] StartPosition choose_start(const StartFacts& facts);

}  // namespace sluice::pipeline

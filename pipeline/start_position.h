#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/types.h"
#include "ingest/kafka_consumer.h"
#include "pipeline/log_marks.h"

namespace sluice::pipeline {

// What is known of one topic-partition when it is assigned.
struct StartFacts {
  std::optional<Offset> snapshot;   // where its newest snapshot stands
  std::optional<Offset> committed;  // by the group
  LogMark log_before;               // what was known of the log when the snapshot was taken
  std::string topic_id;             // now; empty if it is not told
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
    other_log,  // the topic was made anew since; `from` is where the new log begins
  };
  Kind kind{};
  Offset from{};
  std::uint64_t lost = 0;      // log_gap: how many offsets are gone
  std::string_view sign = {};  // other_log: by what it is told, as the end of a sentence about the log
};

// It is another log if it ends before the frontier, if its topic has another id, or if records of it were
// applied and the group's commit, which was there, is gone.
[[nodiscard]] StartPosition choose_start(const StartFacts& facts);

}  // namespace sluice::pipeline

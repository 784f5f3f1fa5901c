#pragma once

#include <algorithm>
#include <cstdint>

#include "ingest/kafka_consumer.h"

namespace sluice::pipeline {

// Whether a snapshot with these offsets holds all that is applied: a new one would say nothing more.
// `applied` is empty while no partition is held, and then nothing could be saved.
[[nodiscard]] inline bool holds_everything(const ingest::Offsets& durable, const ingest::Offsets& applied) {
  return applied.empty() || applied == durable;
}

// How far a crash would set the state back: for how long there has been something that the newest durable
// snapshot does not hold. 0 while it holds everything, however long ago it was made: a quiet stream needs no
// new one. Times are milliseconds of one clock. One thread.
class SnapshotAge {
 public:
  // Before the first snapshot the state is as old as the process.
  explicit SnapshotAge(std::int64_t started_at_ms) : held_everything_at_ms_(started_at_ms) {}

  // `durable` and `made_at_ms` are the newest durable snapshot's, empty and 0 if there is none.
  [[nodiscard]] std::int64_t read(const ingest::Offsets& durable, std::int64_t made_at_ms,
                                  const ingest::Offsets& applied, std::int64_t now_ms) {
    held_everything_at_ms_ =
        holds_everything(durable, applied) ? now_ms : std::max(held_everything_at_ms_, made_at_ms);
    return std::max<std::int64_t>(0, now_ms - held_everything_at_ms_);
  }

 private:
  std::int64_t held_everything_at_ms_;
};

}  // namespace sluice::pipeline

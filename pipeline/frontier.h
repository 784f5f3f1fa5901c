#pragma once

#include <cstdint>

#include "common/types.h"

namespace sluice::pipeline {

// Where one topic-partition stands: everything below next() was taken, once and in order.
//
// Offsets that are skipped are legal holes: markers of transactions, records of aborted ones, compaction.
// They are counted and not treated as loss, for a log that really lost records says so by an error of its own
// (auto.offset.reset=error), and no record of ours is delivered out of order within an assignment.
class Frontier {
 public:
  explicit Frontier(Offset next) : next_(static_cast<std::int64_t>(next)) {}

  // False if the offset was taken before; then nothing changes. Else it is taken now.
  [[nodiscard]] bool take(Offset offset) {
    const auto at = static_cast<std::int64_t>(offset);
    if (at < next_) return false;
    holes_ += static_cast<std::uint64_t>(at - next_);
    next_ = at + 1;
    return true;
  }

  // The log ends at `end`: what lies between is a hole.
  void reach(Offset end) {
    const auto at = static_cast<std::int64_t>(end);
    if (at <= next_) return;
    holes_ += static_cast<std::uint64_t>(at - next_);
    next_ = at;
  }

  [[nodiscard]] Offset next() const { return Offset{next_}; }
  [[nodiscard]] std::uint64_t holes() const { return holes_; }

 private:
  std::int64_t next_;
  std::uint64_t holes_ = 0;
};

}  // namespace sluice::pipeline

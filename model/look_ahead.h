#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "model/shard.h"

namespace sluice::model {

// Goes ahead of a shard's work on a batch of events, so that what their users and items need of memory is
// under way for many of them at once, and there when their turn comes. Not thread-safe.
class LookAhead {
 public:
  static constexpr std::size_t kEvents = 32;

  // What the work on an event is: finding its user and item only, or learning.
  enum class Work : bool { find, learn };

  explicit LookAhead(const Shard& shard, Work work = Work::learn) : shard_(shard), work_(work) {}

  // Before the work on event `at` of `count`, for each of them in order. hint_of(k), the hint of event k, is
  // asked for at most kEvents - 1 events ahead, in order and once, unless `at` 0 begins anew.
  template <typename HintOf>
  void before(std::size_t at, std::size_t count, HintOf hint_of) {
    if (at == 0) {
      const std::size_t first = std::min(kEvents, count);
      for (std::size_t k = 0; k < first; ++k) shard_.prefetch_places(hints_[k] = hint_of(k));
      asked_ = first;
      for (std::size_t k = 0; k < first; ++k) prefetch_found(hints_[k]);
      if (work_ == Work::find) return;
      for (std::size_t k = 0; k < first; ++k) shard_.prefetch_history(hints_[k]);
      return;
    }
    const std::size_t newest = at + kEvents - 1;
    if (newest < count && newest >= asked_) {
      shard_.prefetch_places(hints_[newest % kEvents] = hint_of(newest));
      asked_ = newest + 1;
    }
    const std::size_t second = newest - kStep;
    if (second >= kEvents && second < count) prefetch_found(hints_[second % kEvents]);
    if (work_ == Work::find) return;
    const std::size_t third = second - kStep;
    if (third >= kEvents && third < count) shard_.prefetch_history(hints_[third % kEvents]);
    const std::size_t last = at + kLastStep;
    if (last < count) shard_.prefetch_past(hints_[last % kEvents]);
  }

  // Of an event that was asked for and before which the next kEvents - 1 are at most: with its rows.
  [[nodiscard]] const Shard::Hint& hint(std::size_t event) const { return hints_[event % kEvents]; }

 private:
  static constexpr std::size_t kStep = kEvents / 3;  // events between the steps for one of them
  static constexpr std::size_t kLastStep = 2;        // the last step's memory is much: it would not stay

  void prefetch_found(Shard::Hint& hint) const {
    if (work_ == Work::find) {
      shard_.prefetch_names(hint);
    } else {
      shard_.prefetch_rows(hint);
    }
  }

  const Shard& shard_;
  Work work_;
  std::size_t asked_ = 0;                     // hints of this batch
  std::array<Shard::Hint, kEvents> hints_{};  // of event k at k % kEvents
};

}  // namespace sluice::model

#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "sink/list.h"

namespace sluice::sink {

// The popular list and when it is to be written next. set() from any thread, the rest from the publisher's.
class PopularSlot {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void set(List&& list) {
    auto kept = std::make_shared<const List>(std::move(list));
    const std::lock_guard lock(mutex_);
    list_ = std::move(kept);
    due_ = {};
  }
  void withdraw() {
    const std::lock_guard lock(mutex_);
    list_ = nullptr;
  }
  // The list if it is due now. It is not due again until `next_due`, set() or hurry().
  [[nodiscard]] std::shared_ptr<const List> take_if_due(SteadyTime now, SteadyTime next_due) {
    const std::lock_guard lock(mutex_);
    if (list_ == nullptr || now < due_) return nullptr;
    due_ = next_due;
    return list_;
  }
  void hurry() {
    const std::lock_guard lock(mutex_);
    due_ = {};
  }
  // It was taken and is not due again: Redis should have it.
  [[nodiscard]] bool is_out(SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    return list_ != nullptr && now < due_;
  }
  [[nodiscard]] SteadyTime due() const {
    const std::lock_guard lock(mutex_);
    return list_ == nullptr ? SteadyTime::max() : due_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_;
  SteadyTime due_{};
};

}  // namespace sluice::sink

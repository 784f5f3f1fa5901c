#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "sink/live_list.h"

namespace sluice::sink {

// The live lists, and when each is to be written next. set() from any thread, the rest from the publisher's.
class LiveSlots {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Lists = std::array<std::shared_ptr<const LiveList>, kLiveContexts>;

  // A list that holds what it held before is not written for that. True if it changed.
  bool set(LiveList&& list) {
    Slot& slot = slots_.at(list.context);
    auto kept = std::make_shared<const LiveList>(std::move(list));
    const std::lock_guard lock(mutex_);
    const auto same = [](const auto& a, const auto& b) { return a.id == b.id && a.common == b.common; };
    if (slot.list != nullptr && std::ranges::equal(slot.list->items, kept->items, same)) return false;
    slot.list = std::move(kept);
    slot.due = {};
    return true;
  }
  void withdraw() {
    const std::lock_guard lock(mutex_);
    slots_ = {};
  }
  // Those that are due now, the others null. They are not due again until `next_due`, set() or hurry().
  [[nodiscard]] Lists take_due(SteadyTime now, SteadyTime next_due) {
    Lists lists;
    const std::lock_guard lock(mutex_);
    for (std::size_t context = 0; context < slots_.size(); ++context) {
      Slot& slot = slots_[context];
      if (slot.list == nullptr || now < slot.due) continue;
      slot.due = next_due;
      lists[context] = slot.list;
    }
    return lists;
  }
  void hurry() {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) slot.due = {};
  }
  void hurry(std::uint32_t context) {
    const std::lock_guard lock(mutex_);
    slots_.at(context).due = {};
  }
  // That list was taken and is not due again: Redis should have it.
  [[nodiscard]] bool is_out(std::uint32_t context, SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    const Slot& slot = slots_.at(context);
    return slot.list != nullptr && now < slot.due;
  }
  [[nodiscard]] SteadyTime due() const {
    const std::lock_guard lock(mutex_);
    SteadyTime first = SteadyTime::max();
    for (const Slot& slot : slots_) {
      if (slot.list != nullptr) first = std::min(first, slot.due);
    }
    return first;
  }

 private:
  struct Slot {
    std::shared_ptr<const LiveList> list;
    SteadyTime due{};
  };
  mutable std::mutex mutex_;
  std::array<Slot, kLiveContexts> slots_;
};

}  // namespace sluice::sink

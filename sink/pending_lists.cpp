#include "sink/pending_lists.h"

#include <xxhash.h>

#include <cassert>
#include <ranges>
#include <utility>

namespace sluice::sink {

std::size_t PendingLists::Hash::operator()(std::string_view text) const {
  return XXH3_64bits(text.data(), text.size());
}

bool PendingLists::submit(List&& list) {
  const std::lock_guard lock(mutex_);
  const bool is_full = by_user_.size() >= most_users_ && !by_user_.contains(list.user);
  if (closed_ || is_full) return false;
  Slot& slot = slot_of(list.user);
  put(slot, std::move(list));
  return true;
}

void PendingLists::erase(std::string_view user) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  put(slot_of(user), Erasure{std::string(user)});
}

PendingLists::Answer PendingLists::leave_out(LeaveOut&& leave_out) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Answer::full;
  const auto found = by_user_.find(leave_out.user);
  if (found != by_user_.end() && found->second->has_waiting) {
    Write& waiting = found->second->waiting;
    if (std::holds_alternative<List>(waiting)) return Answer::rank;
    if (auto* const other = std::get_if<LeaveOut>(&waiting)) {
      other->items = LeaveOutItems::united(other->items, leave_out.items);
    }
    return Answer::taken;
  }
  if (leave_outs_ >= kMostLeaveOuts) return Answer::full;
  if (found == by_user_.end() && by_user_.size() >= most_users_) return Answer::full;
  Slot& slot = slot_of(leave_out.user);
  put(slot, std::move(leave_out));
  return Answer::taken;
}

void PendingLists::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

PendingLists::Slot& PendingLists::slot_of(std::string_view user) {
  if (const auto found = by_user_.find(user); found != by_user_.end()) return *found->second;
  Slot* slot = nullptr;
  if (free_.empty()) {
    slot = &slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slot->user = user;
  by_user_.emplace(slot->user, slot);
  return *slot;
}

void PendingLists::put(Slot& slot, Write&& write) {
  if (slot.has_waiting) {
    if (std::holds_alternative<LeaveOut>(slot.waiting)) {
      --leave_outs_;
    } else {
      ++replaced_;
    }
  } else if (!slot.is_writing) {
    queue_.push_back(&slot);
  }
  if (std::holds_alternative<LeaveOut>(write)) ++leave_outs_;
  slot.has_waiting = true;
  slot.waiting = std::move(write);
}

void PendingLists::take(std::size_t most, std::vector<Slot*>& out) {
  const std::lock_guard lock(mutex_);
  for (; most > 0 && !queue_.empty(); --most) {
    Slot* slot = queue_.front();
    queue_.pop_front();
    assert(slot->has_waiting && !slot->is_writing);
    std::swap(slot->writing, slot->waiting);
    if (std::holds_alternative<LeaveOut>(slot->writing)) {
      --leave_outs_;
      ++leave_outs_under_way_;
    }
    slot->has_waiting = false;
    slot->is_writing = true;
    out.push_back(slot);
  }
}

void PendingLists::done(std::span<Slot* const> slots) {
  std::size_t leave_outs = 0;
  for (Slot* slot : slots) {
    if (std::holds_alternative<LeaveOut>(slot->writing)) ++leave_outs;
    slot->writing = {};  // freed here, not under the lock
  }
  const std::lock_guard lock(mutex_);
  leave_outs_under_way_ -= leave_outs;
  for (Slot* slot : slots) {
    assert(slot->is_writing);
    slot->is_writing = false;
    if (slot->has_waiting) {
      queue_.push_back(slot);
    } else {
      release(*slot);
    }
  }
}

std::vector<LeaveOut> PendingLists::give_back(std::span<Slot* const> slots) {
  std::vector<LeaveOut> displaced;
  const std::lock_guard lock(mutex_);
  for (Slot* slot : slots | std::views::reverse) {
    assert(slot->is_writing);
    slot->is_writing = false;
    give_back(*slot, displaced);
    queue_.push_front(slot);
  }
  return displaced;
}

void PendingLists::give_back(Slot& slot, std::vector<LeaveOut>& displaced) {
  Write given = std::exchange(slot.writing, {});
  if (std::holds_alternative<LeaveOut>(given)) --leave_outs_under_way_;
  auto* const newer = slot.has_waiting ? std::get_if<LeaveOut>(&slot.waiting) : nullptr;
  if (slot.has_waiting && newer == nullptr) {
    if (!std::holds_alternative<LeaveOut>(given)) ++replaced_;
    return;
  }
  if (auto* const older = std::get_if<LeaveOut>(&given); older != nullptr && newer != nullptr) {
    newer->items = LeaveOutItems::united(newer->items, older->items);
    return;
  }
  if (newer != nullptr) {  // a list that may hold the items, or an erasure that leaves no list to change
    --leave_outs_;
    if (std::holds_alternative<List>(given)) displaced.push_back(std::move(*newer));
  }
  if (std::holds_alternative<LeaveOut>(given)) ++leave_outs_;
  slot.has_waiting = true;
  slot.waiting = std::move(given);
}

void PendingLists::release(Slot& slot) {
  by_user_.erase(slot.user);
  free_.push_back(&slot);
}

std::size_t PendingLists::leaving_out() const {
  const std::lock_guard lock(mutex_);
  return leave_outs_ + leave_outs_under_way_;
}

std::size_t PendingLists::users() const {
  const std::lock_guard lock(mutex_);
  return by_user_.size();
}

std::uint64_t PendingLists::replaced() const {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

}  // namespace sluice::sink

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
  put(slot, Write{std::move(list), false});
  return true;
}

void PendingLists::erase(std::string_view user) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  Write write{{}, true};
  write.list.user = user;
  put(slot_of(user), std::move(write));
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
    ++replaced_;
  } else if (!slot.is_writing) {
    queue_.push_back(&slot);
  }
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
    slot->has_waiting = false;
    slot->is_writing = true;
    out.push_back(slot);
  }
}

void PendingLists::done(std::span<Slot* const> slots) {
  for (Slot* slot : slots) slot->writing = {};  // freed here, not under the lock
  const std::lock_guard lock(mutex_);
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

void PendingLists::give_back(std::span<Slot* const> slots) {
  const std::lock_guard lock(mutex_);
  for (Slot* slot : slots | std::views::reverse) {
    assert(slot->is_writing);
    slot->is_writing = false;
    if (slot->has_waiting) {
      ++replaced_;
      slot->writing = {};
    } else {
      slot->has_waiting = true;
      std::swap(slot->writing, slot->waiting);
    }
    queue_.push_front(slot);
  }
}

void PendingLists::release(Slot& slot) {
  by_user_.erase(slot.user);
  free_.push_back(&slot);
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

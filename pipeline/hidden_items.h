#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::pipeline {

// Items that no list may hold, as hide_item and show_item said. Whoever reads such an event, all shards must
// know. Thread-safe.
class HiddenItems {
 public:
  struct Change {
    std::string item;
    bool hidden;
  };

  void set(std::string_view item, bool hidden) {
    const std::lock_guard lock(mutex_);
    const bool changed = hidden ? items_.emplace(item).second : items_.erase(std::string(item)) > 0;
    if (!changed) return;
    changes_.push_back({std::string(item), hidden});
    count_.store(changes_.size(), std::memory_order_release);
  }
  // At start: as the snapshot says, whose lists were made without these items.
  void restore(const std::vector<std::string>& items) {
    for (const std::string& item : items) set(item, true);
    restored_ = changes();
  }
  // True if an item was hidden that lists made before this start may hold.
  [[nodiscard]] bool hid_since_restore() const {
    const std::lock_guard lock(mutex_);
    return std::any_of(changes_.begin() + static_cast<std::ptrdiff_t>(restored_), changes_.end(),
                       [](const Change& change) { return change.hidden; });
  }
  // How many changes there were; a reader that has seen so many is up to date.
  [[nodiscard]] std::size_t changes() const { return count_.load(std::memory_order_acquire); }
  [[nodiscard]] std::vector<Change> changes_since(std::size_t seen) const {
    const std::lock_guard lock(mutex_);
    return {changes_.begin() + static_cast<std::ptrdiff_t>(seen), changes_.end()};
  }
  [[nodiscard]] std::set<std::string> items() const {
    const std::lock_guard lock(mutex_);
    return items_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> items_;
  std::vector<Change> changes_;
  std::size_t restored_ = 0;  // of changes_, those that restore() made
  std::atomic<std::size_t> count_{0};
};

}  // namespace sluice::pipeline

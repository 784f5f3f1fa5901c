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
  explicit HiddenItems(int shards) : settled_(static_cast<std::size_t>(shards)) {}

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
  // At start: as the snapshot says. Lists are without the first ones; they may still hold the others.
  void restore(const std::vector<std::string>& settled, const std::vector<std::string>& unsettled) {
    for (const std::string& item : settled) set(item, true);
    restored_ = changes();
    settled_.assign(settled_.size(), restored_);
    for (const std::string& item : unsettled) set(item, true);
  }
  // The lists of that shard are without all that the first `changes` changes hid.
  void settle(int shard, std::size_t changes) {
    const std::lock_guard lock(mutex_);
    settled_[static_cast<std::size_t>(shard)] = changes;
  }
  // What is hidden now and was not as of the restore: lists made before this start may hold it.
  [[nodiscard]] std::vector<std::string> hidden_since_restore() const {
    const std::lock_guard lock(mutex_);
    return hidden_since(restored_);
  }
  // What is hidden, and lists of some shard may still hold.
  [[nodiscard]] std::vector<std::string> unsettled() const {
    const std::lock_guard lock(mutex_);
    return hidden_since(*std::ranges::min_element(settled_));
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
  [[nodiscard]] std::vector<std::string> hidden_since(std::size_t change) const {
    std::set<std::string> found;
    for (std::size_t i = change; i < changes_.size(); ++i) {
      if (items_.contains(changes_[i].item)) found.insert(changes_[i].item);
    }
    return {found.begin(), found.end()};
  }

  mutable std::mutex mutex_;
  std::set<std::string> items_;
  std::vector<Change> changes_;
  std::size_t restored_ = 0;          // of changes_, those that lists made before the start know
  std::vector<std::size_t> settled_;  // of changes_, by shard
  std::atomic<std::size_t> count_{0};
};

}  // namespace sluice::pipeline

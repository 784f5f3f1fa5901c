#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::pipeline {

// Items that no list may hold, as hide_item and show_item said. Whoever reads such an event, all shards must
// know. Of what was said, only that is kept which some shard has not taken yet, and for each hidden item when
// it was hidden. Thread-safe.
class HiddenItems {
 public:
  explicit HiddenItems(int shards)
      : settled_(static_cast<std::size_t>(shards)), taken_(static_cast<std::size_t>(shards)) {}

  struct Change {
    std::string item;
    bool hidden;
  };

  void set(std::string_view item, bool hidden) {
    const std::lock_guard lock(mutex_);
    const bool changed =
        hidden ? items_.emplace(item, count_.load()).second : items_.erase(std::string(item)) > 0;
    if (!changed) return;
    waiting_.push_back({std::string(item), hidden});
    count_.fetch_add(1, std::memory_order_release);
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
  // How many changes there were; a shard that has taken so many is up to date.
  [[nodiscard]] std::size_t changes() const { return count_.load(std::memory_order_acquire); }
  // The changes that this shard has not taken yet, in their order; each comes once.
  [[nodiscard]] std::vector<Change> take(int shard) {
    const std::lock_guard lock(mutex_);
    std::size_t& taken = taken_[static_cast<std::size_t>(shard)];
    const std::size_t first = count_ - waiting_.size();  // the number of the first that waits
    const std::vector<Change> changes(waiting_.begin() + static_cast<std::ptrdiff_t>(taken - first),
                                      waiting_.end());
    taken = count_;
    const std::size_t by_all = *std::ranges::min_element(taken_);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(by_all - first));
    return changes;
  }
  // Changes that are kept for a shard that has not taken them.
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  [[nodiscard]] std::set<std::string> items() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> items;
    for (const auto& [item, change] : items_) items.insert(items.end(), item);
    return items;
  }

 private:
  [[nodiscard]] std::vector<std::string> hidden_since(std::size_t first_change) const {
    std::vector<std::string> found;
    for (const auto& [item, change] : items_) {
      if (change >= first_change) found.push_back(item);
    }
    return found;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> items_;  // hidden -> the number of the change that hid it
  std::deque<Change> waiting_;                // the latest changes
  std::size_t restored_ = 0;                  // changes that lists made before the start know
  std::vector<std::size_t> settled_;          // changes, by shard
  std::vector<std::size_t> taken_;            // the same
  std::atomic<std::size_t> count_{0};
};

}  // namespace sluice::pipeline

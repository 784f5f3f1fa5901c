#include "sink/hidden_items.h"

#include <algorithm>
#include <utility>

namespace sluice::sink {

void HiddenItems::set(std::string item, bool hidden) {
  const std::lock_guard lock(mutex_);
  wanted_[item] = hidden;
  shown_.erase(item);
  dirty_.insert(std::move(item));
}

std::optional<HiddenItems::Change> HiddenItems::take(std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (dirty_.empty() || !under_way_.empty()) return {};
  Change change{wanted_.at(*dirty_.begin()), {}};
  for (auto at = dirty_.begin(); at != dirty_.end() && change.items.size() < most;) {
    if (wanted_.at(*at) != change.hide) {
      ++at;
      continue;
    }
    change.items.push_back(*at);
    at = dirty_.erase(at);
  }
  under_way_ = change.items;
  return change;
}

void HiddenItems::written() {
  const std::lock_guard lock(mutex_);
  for (const std::string& item : under_way_) {
    const auto found = wanted_.find(item);
    if (found == wanted_.end() || found->second || dirty_.contains(item)) continue;
    if (shown_.size() < kMostShown) {
      shown_.insert(item);
    } else if (!shown_.contains(item)) {
      wanted_.erase(found);
    }
  }
  under_way_.clear();
}

void HiddenItems::failed() {
  const std::lock_guard lock(mutex_);
  dirty_.insert(under_way_.begin(), under_way_.end());
  under_way_.clear();
}

void HiddenItems::forget_written() {
  const std::lock_guard lock(mutex_);
  for (const auto& [item, hidden] : wanted_) dirty_.insert(item);
}

bool HiddenItems::settled() const {
  const std::lock_guard lock(mutex_);
  return dirty_.empty() && under_way_.empty();
}

bool HiddenItems::any() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(wanted_, [](const auto& item) { return item.second; });
}

}  // namespace sluice::sink

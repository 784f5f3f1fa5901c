#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/types.h"

namespace sluice::sink {

// The question whether the lists of some users of one partition are in Redis.
struct ListLook {
  static constexpr std::size_t kMostUsers = 64;  // in one command

  struct User {
    std::string id;
    std::uint32_t row = 0;  // the caller's number of the user
  };
  PartitionId partition{};
  std::vector<User> users;
};

// Looks that wait to be sent, oldest first. Thread-safe.
class ListLooks {
 public:
  // False: so many wait that this one should come later.
  [[nodiscard]] bool add(ListLook&& look) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return false;
    waiting_.push_back(std::move(look));
    return true;
  }
  [[nodiscard]] std::optional<ListLook> take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return {};
    ListLook look = std::move(waiting_.front());
    waiting_.pop_front();
    return look;
  }
  // To be sent before all others, also beyond the bound.
  void give_back(ListLook&& look) {
    const std::lock_guard lock(mutex_);
    waiting_.push_front(std::move(look));
  }

 private:
  static constexpr std::size_t kMostWaiting = 16;

  std::mutex mutex_;
  std::deque<ListLook> waiting_;
};

}  // namespace sluice::sink

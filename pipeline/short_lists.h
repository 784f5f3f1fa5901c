#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "common/types.h"
#include "sink/leave_out.h"
#include "sink/list_looks.h"

namespace sluice::pipeline {

// Users whose lists became too short when hidden items were taken out of them, or are not in Redis, from the
// publisher to the shards, which rank them anew. Thread-safe.
class ShortLists {
 public:
  struct User {
    PartitionId partition;
    std::uint32_t row;
  };

  explicit ShortLists(int shards) : boxes_(static_cast<std::size_t>(shards)) {}

  void add(const sink::LeaveOut& leave_out) {
    Box& box = box_of(leave_out.partition);
    const std::lock_guard lock(box.mutex);
    box.users.push_back({leave_out.partition, leave_out.row});
    box.some.store(true, std::memory_order_release);
  }
  void add(const sink::ListLook& missing) {
    Box& box = box_of(missing.partition);
    const std::lock_guard lock(box.mutex);
    for (const sink::ListLook::User& user : missing.users) box.users.push_back({missing.partition, user.row});
    box.some.store(true, std::memory_order_release);
  }
  [[nodiscard]] std::vector<User> take(int shard) {
    Box& box = boxes_[static_cast<std::size_t>(shard)];
    if (!box.some.load(std::memory_order_acquire)) return {};
    const std::lock_guard lock(box.mutex);
    box.some.store(false, std::memory_order_release);
    return std::exchange(box.users, {});
  }

 private:
  struct Box {
    std::mutex mutex;
    std::atomic<bool> some{false};
    std::vector<User> users;
  };
  Box& box_of(PartitionId partition) { return boxes_[static_cast<std::size_t>(partition) % boxes_.size()]; }

  std::vector<Box> boxes_;
};

}  // namespace sluice::pipeline

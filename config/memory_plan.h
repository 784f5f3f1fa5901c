#pragma once

#include <cstddef>
#include <cstdint>

#include "config/options.h"

namespace sluice::config {

// How limits.max_bytes is shared out. At its largest the process (RSS) is the program with its queues, users
// and items, and a snapshot of these that is being put down and written; so users count twice and items,
// which may have to be put down early as well, three times.
struct MemoryPlan {
  std::uint64_t program = 0;    // all but users, items and their snapshots
  std::uint64_t users = 0;      // what users may take, of all shards together; 0: without a limit
  std::uint64_t max_items = 0;  // at most limits.max_items, and half of what the program leaves

  static constexpr std::uint64_t kUserCopies = 2;
  static constexpr std::uint64_t kItemCopies = 3;
};

// Of a process with so many shards.
[[nodiscard]] MemoryPlan plan_memory(const Options& options, std::size_t shards);
// The least that limits.max_bytes may be, if it is not 0.
[[nodiscard]] std::uint64_t least_max_bytes(const Options& options, std::size_t shards);
// Of options.shards, where 0 stands for the cores.
[[nodiscard]] std::size_t shard_count(const Options& options);

// What an item of these options takes at most, with one copy of it.
[[nodiscard]] std::uint64_t item_bytes(const Options& options, std::size_t shards);

}  // namespace sluice::config

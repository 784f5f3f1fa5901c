#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/machine.h"
#include "config/options.h"

namespace sluice::config {

// How limits.max_bytes is shared out. At its largest the process (RSS) is the program with its queues, users
// and items, and a snapshot of these that is being put down and written; so users count twice and items,
// which may have to be put down early as well, three times. Queues that are not set by the options are as
// long as the limit leaves room, up to what they are without one.
struct MemoryPlan {
  std::uint64_t program = 0;          // all but users, items and their snapshots
  std::uint64_t users = 0;            // what users may take, of all shards together; 0: without a limit
  std::uint64_t max_items = 0;        // at most limits.max_items, and half of what the program leaves
  std::uint64_t queue_kilobytes = 0;  // of each shard's records, see queued.max.messages.kbytes
  std::uint64_t pending_lists = 0;    // at most publish.max_pending_lists

  static constexpr std::uint64_t kUserCopies = 2;
  static constexpr std::uint64_t kItemCopies = 3;
};

// Of a process with so many shards.
[[nodiscard]] MemoryPlan plan_memory(const Options& options, std::size_t shards);
// The least that limits.max_bytes may be, if it is not 0.
[[nodiscard]] std::uint64_t least_max_bytes(const Options& options, std::size_t shards);
// Of options.shards, where 0 stands for as many as there are CPUs to use, and room for in limits.max_bytes.
[[nodiscard]] std::size_t shard_count(const Options& options, const Machine& machine = this_machine());

// Options as a service uses them on that machine: `shards` is a number, and limits.max_bytes, if it is 0,
// what the machine's limit of memory leaves.
struct Fitted {
  Options options;
  std::vector<std::string> notes;     // what was decided
  std::vector<std::string> warnings;  // what may end badly
};
[[nodiscard]] Fitted fit_to_machine(Options options, const Machine& machine = this_machine());
// The same options with the plan's queues, for all but plan_memory().
[[nodiscard]] Options with_planned_queues(Options options, std::size_t shards);

// What an item of these options takes at most, with one copy of it.
[[nodiscard]] std::uint64_t item_bytes(const Options& options, std::size_t shards);

}  // namespace sluice::config

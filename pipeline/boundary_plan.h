#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "common/types.h"
#include "ingest/kafka_consumer.h"
#include "model/model.h"
#include "sink/snapshot_file.h"

namespace sluice::pipeline {

// The part (a fraction: one in so many) of the time there is to give partitions up, or to stop, that may go
// into lists of users with new events.
inline constexpr int kRankingPart = 4;

// The state at one boundary, on its way to disk. The sections of `items` and `users` are yet to be made of
// them.
struct Cut {
  sink::Snapshot snapshot;
  std::shared_ptr<model::ItemCut> items;
  model::Shard::UserCuts users;
  std::uint64_t dead_letters_sent = 0;  // all of them must be durable before the snapshot may be
  std::chrono::microseconds stall{0};   // the longest time for which it kept a shard from all else
};

// Where a partition's users come from when it is assigned.
struct Assignment {
  ingest::Offsets from;               // the frontier of each of its topics
  bool keep = false;                  // its users still stand in memory
  std::span<const std::byte> users;   // else: a snapshot's section; empty: nothing is known
  std::span<const std::byte> erased;  // the same of who was erased, see ErasedUsers
};

// What the control thread wants done at the next boundary. It fills the plan, hands it to the coordinator and
// waits for `done`; until then, and until a cut is whole, the shards own it. The steps are taken in the order
// of the members.
struct BoundaryPlan {
  // Before the merge: learn the open groups for which there is room (those of parked partitions that stay
  // open are given up, unlearned).
  bool close_groups = false;
  // After the merge. Where groups were closed: rank the dirty users, at most this long.
  std::chrono::milliseconds rank_at_most{0};
  bool cut = false;
  bool cut_at_once = false;       // the shards stand until it is whole; else they put it down as they go on
  std::vector<PartitionId> park;  // neither learned nor published any more, but kept in memory
  std::vector<PartitionId> drop;  // forgotten
  std::map<PartitionId, Assignment> assign;  // learned and published from now on
  ingest::Offsets move;                      // new frontiers of active partitions
  bool users_may_move = false;               // from one partition to another, as there are new ones
  bool stop = false;                         // the shards' threads end

  std::mutex mutex;                  // for what the shards write while they work side by side
  Cut result;                        // of `cut`, when it is whole
  int shards_saving = 0;             // their parts of the cut are not in it yet
  std::vector<PartitionId> damaged;  // their section of users could not be read: they start empty
  std::promise<void> done;

  [[nodiscard]] bool changes_partitions() const {
    return !park.empty() || !drop.empty() || !assign.empty() || !move.empty();
  }
  // The cut is. Any thread.
  [[nodiscard]] bool whole() {
    const std::lock_guard lock(mutex);
    return shards_saving == 0;
  }
};

}  // namespace sluice::pipeline

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "pipeline/erased_users.h"
#include "pipeline/frontier.h"
#include "pipeline/group_assembler.h"
#include "pipeline/list_marks.h"
#include "pipeline/progress_board.h"
#include "pipeline/rank_schedule.h"
#include "pipeline/sweep_queue.h"
#include "sink/shown_positions.h"

namespace sluice::pipeline {

// One partition in its shard: the users of all same-numbered topic-partitions. Touched by that shard's thread
// only.
struct ShardPartition {
  struct Topic {
    Frontier frontier;
    std::shared_ptr<PartitionProgress> progress;
    std::shared_ptr<sink::ShownPositions::Position> shown;
  };

  explicit ShardPartition(PartitionId number, std::size_t topic_count) : id(number), topics(topic_count) {}

  PartitionId id;
  bool active = true;                        // false: parked
  bool lists_wait = false;                   // as of claim_lists()
  std::vector<std::optional<Topic>> topics;  // by index into KafkaOptions::topics
  GroupAssembler group;
  RankSchedule schedule;
  ListMarks marks;  // of the lists that this process made
  SweepQueue sweep;
  ErasedUsers erased;
  // Users whose lists are to be looked for in Redis, because they were loaded; the next one last.
  std::vector<RankSchedule::Row> to_look_for;

  // Everything of that topic below this offset is in the state, and nothing else: the events of an open group
  // are not learned yet.
  [[nodiscard]] Offset applied(std::size_t topic) const {
    if (group.open() && group.topic() == topic) return group.first_offset();
    return topics[topic]->frontier.next();
  }
  // Whether lists of its users may be made now. If so, those made until more is applied are spoken for.
  bool claim_lists() {
    lists_wait = !active;
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (topics[i] && !topics[i]->shown->allows(applied(i))) lists_wait = true;
    }
    for (std::size_t i = 0; i < topics.size() && !lists_wait; ++i) {
      if (topics[i]) topics[i]->shown->claim(applied(i));
    }
    return !lists_wait;
  }
  void show_progress() const {
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (!topics[i]) continue;
      topics[i]->progress->applied = static_cast<std::int64_t>(applied(i));
      topics[i]->progress->holes = topics[i]->frontier.holes();
    }
  }
};

}  // namespace sluice::pipeline

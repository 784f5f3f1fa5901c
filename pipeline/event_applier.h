#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/options.h"
#include "ingest/dead_letters.h"
#include "ingest/record_batch.h"
#include "model/model.h"
#include "pipeline/counters.h"
#include "pipeline/hidden_items.h"
#include "pipeline/live_quality.h"
#include "pipeline/read_ahead.h"
#include "pipeline/shard_partition.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Turns a shard's records into state: decodes, sorts out, groups, learns. Keeps the frontier of each
// topic-partition such that everything below it is in the state exactly once. Not thread-safe: the shard's
// own.
class EventApplier {
 public:
  using Clock = std::chrono::steady_clock;

  EventApplier(const config::Options& options, model::Shard& shard, sink::ListPublisher& publisher,
               ingest::DeadLetterSink& dead_letters, HiddenItems& hidden, ShardCounters& counters,
               LiveQuality& quality, const CommonLists& common);

  // Reads the record at that place of a batch, and looks at those behind it. To be called for each place of a
  // batch in order, before what is there is applied.
  void read(ingest::RecordBatch& batch, std::size_t index);
  // Applies the record that was read to its partition. False: its dead letter found no room, or the group
  // before it waits for a boundary; nothing was taken, so give it again later, before any further record.
  [[nodiscard]] bool apply(ShardPartition& partition, const ingest::Record& record,
                           const ingest::RecordBatch& batch, std::size_t index);
  // Learns the partition's open group, if any. False: it stays open, for the model has too little room for
  // its items before the next boundary.
  [[nodiscard]] bool close_group(ShardPartition& partition);

  // Whether a group waits for a boundary since this was asked last.
  [[nodiscard]] bool take_wants_boundary();
  // Whether something was learned since this was asked last.
  [[nodiscard]] bool take_learned();
  // Records that were judged since this was asked last, and how many of them were bad.
  struct Judged {
    std::uint64_t records = 0;
    std::uint64_t bad = 0;
  };
  [[nodiscard]] Judged take_judged();

 private:
  void add(ShardPartition& partition, const ingest::Record& record, const ingest::Event& event,
           std::size_t index);
  void score_lists(const model::Group& group);
  void carry_out(ShardPartition& partition, const ingest::Control& control, Timestamp record_time);
  [[nodiscard]] bool reject(const ShardPartition& partition, const ingest::Record& record,
                            const ingest::RecordBatch& batch, std::size_t index, ingest::RejectReason reason);

  const std::vector<std::string>& topics_;
  model::Shard& shard_;
  sink::ListPublisher& publisher_;
  ingest::DeadLetterSink& dead_letters_;
  HiddenItems& hidden_;
  ShardCounters& counters_;
  LiveQuality& quality_;
  const CommonLists& common_;
  ReadAhead ahead_;
  const ingest::Decoded* read_ = nullptr;  // what the record says that was read last
  bool learned_ = false;
  bool wants_boundary_ = false;
  double requests_saved_ = 0;  // lists that may be made for measuring alone
  Clock::time_point requests_saved_at_ = Clock::now();
  model::RankedList requested_;  // reused
  Judged judged_;
};

}  // namespace sluice::pipeline

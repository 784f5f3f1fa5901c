#include "pipeline/event_applier.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/clock.h"

namespace sluice::pipeline {

namespace {

// At most so many lists a second are made only to see what staleness costs: half a per cent of a core.
constexpr double kRequestsPerSecond = 200;
constexpr std::size_t kRequested = 10;

}  // namespace

using ingest::Control;
using ingest::Event;
using ingest::Filtered;
using ingest::Record;
using ingest::RejectReason;

EventApplier::EventApplier(const config::Options& options, model::Shard& shard,
                           sink::ListPublisher& publisher, ingest::DeadLetterSink& dead_letters,
                           HiddenItems& hidden, ShardCounters& counters, LiveQuality& quality,
                           const CommonLists& common)
    : topics_(options.kafka.topics),
      shard_(shard),
      publisher_(publisher),
      dead_letters_(dead_letters),
      hidden_(hidden),
      counters_(counters),
      quality_(quality),
      common_(common),
      ahead_(options.events, shard) {}

void EventApplier::read(ingest::RecordBatch& batch, std::size_t index) {
  read_ = &ahead_.read(index, batch.size(), [&](std::size_t k) { return batch.at(k, topics_); });
}

bool EventApplier::apply(ShardPartition& partition, const Record& record, const ingest::RecordBatch& batch,
                         std::size_t index) {
  Frontier& frontier = partition.topics[record.topic]->frontier;
  if (record.offset < frontier.next()) {
    counters_.duplicates.add();
    return true;
  }
  const ingest::Decoded& decoded = *read_;
  const auto* const event = std::get_if<Event>(&decoded);
  // Any record but the group's next event ends the group, so that the applied frontier never passes an event
  // that is not learned.
  const bool continues = event != nullptr && partition.group.continues(record.topic, *event);
  if (!continues && !close_group(partition)) return false;
  if (event != nullptr) {
    add(partition, record, *event, index);
  } else if (const auto* const control = std::get_if<Control>(&decoded)) {
    carry_out(partition, *control, record.record_time);
  } else if (std::holds_alternative<Filtered>(decoded)) {
    counters_.filtered.add();
  } else if (!reject(partition, record, batch, index, std::get<RejectReason>(decoded))) {
    return false;
  }
  ++judged_.records;
  return frontier.take(record.offset);
}

void EventApplier::add(ShardPartition& partition, const Record& record, const Event& event,
                       std::size_t index) {
  if (event.time_clamped) counters_.clamped.add();
  if (record.key != event.user) counters_.wrong_key.add();
  partition.group.add(record.topic, event, record.offset, record.record_time, ahead_.hint(index));
}

bool EventApplier::close_group(ShardPartition& partition) {
  GroupAssembler& open = partition.group;
  if (!open.open()) return true;
  if (!shard_.has_room(open.size())) {
    wants_boundary_ = true;
    return false;
  }
  const model::Group group = open.group(partition.id);
  if (quality_.sampled(group.user)) score_lists(group);
  const model::UserRef user = shard_.learn(group);
  if (!partition.erased.empty()) partition.erased.forget(group.user);
  partition.schedule.mark_dirty(user.row, Clock::now(), open.record_time());
  counters_.events.add(open.size());
  open.clear();
  learned_ = true;
  return true;
}

// What the lists were worth; with one made for that very moment beside them as often as the pace allows.
void EventApplier::score_lists(const model::Group& group) {
  const Clock::time_point now = Clock::now();
  const double passed_s = std::chrono::duration<double>(now - requests_saved_at_).count();
  requests_saved_ = std::min(requests_saved_ + passed_s * kRequestsPerSecond, kRequestsPerSecond);
  requests_saved_at_ = now;
  const auto user = shard_.find(group.partition, group.user);
  requested_.entries.clear();
  if (requests_saved_ >= 1) {
    requests_saved_ -= 1;
    if (user) {
      (void)shard_.rank(*user, group.time, kRequested, requested_);
    } else {
      shard_.rank_unknown(group.time, kRequested, requested_);
    }
  }
  quality_.score(group, user.has_value(), common_, requested_.entries);
}

bool EventApplier::take_learned() {
  return std::exchange(learned_, false);
}

bool EventApplier::take_wants_boundary() {
  return std::exchange(wants_boundary_, false);
}

EventApplier::Judged EventApplier::take_judged() {
  return std::exchange(judged_, {});
}

void EventApplier::carry_out(ShardPartition& partition, const Control& control, Timestamp record_time) {
  // A key that is no user here may be anything, a user of another partition too. Where users may come from
  // other partitions, this may be one who has not come yet.
  if (control.tombstone && !shard_.expects_moves() && !shard_.find(partition.id, control.user)) {
    counters_.stray_tombstones.add();
    return;
  }
  counters_.controls.add();
  const auto user = control.user.empty() ? std::nullopt : shard_.find(partition.id, control.user);
  switch (control.kind) {
    case Control::Kind::erase_user:
      if (user) partition.schedule.forget(user->row);
      shard_.erase(partition.id, control.user);
      quality_.forget(control.user);
      publisher_.erase_user(std::string(control.user));
      partition.erased.add(control.user, wall_now());
      break;
    case Control::Kind::retract:
      if (user &&
          shard_.retract(partition.id, control.user, control.item, control.time.value_or(Timestamp{}))) {
        partition.schedule.mark_dirty(user->row, Clock::now(), record_time);
      }
      break;
    case Control::Kind::hide_item:
    case Control::Kind::show_item:
      hidden_.set(control.item, control.kind == Control::Kind::hide_item);
      publisher_.set_hidden(std::string(control.item), control.kind == Control::Kind::hide_item);
      break;
  }
  learned_ = true;
}

bool EventApplier::reject(const ShardPartition& partition, const Record& record,
                          const ingest::RecordBatch& batch, std::size_t index, RejectReason reason) {
  const ingest::DeadLetter letter{{topics_[record.topic], partition.id},
                                  record.offset,
                                  record.record_time,
                                  record.key,
                                  record.payload,
                                  batch.headers(index),
                                  reason};
  if (!dead_letters_.send(letter)) {
    counters_.dead_letter_waits.add();
    return false;
  }
  counters_.dead[static_cast<std::size_t>(reason)].add();
  ++judged_.bad;
  return true;
}

}  // namespace sluice::pipeline

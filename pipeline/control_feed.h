#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "common/repeat_limiter.h"
#include "config/options.h"
#include "ingest/decoder.h"
#include "ingest/topic_follower.h"
#include "pipeline/hidden_items.h"
#include "sink/list_publisher.h"

namespace sluice::pipeline {

// Hides and shows items as kafka.control_topic says. At start the topic is read to its end before anything is
// done, and only the last word on each item counts: what was hidden and shown again is never hidden in
// between. A null value under an item's key (a compacted topic's tombstone) shows it again. Anything else has
// no place in this topic and is counted; as every start reads the topic again, it is no dead letter.
class ControlFeed {
 public:
  // Throws std::runtime_error if librdkafka refuses a property. The referents outlive the feed.
  ControlFeed(const config::Options& options, HiddenItems& hidden, sink::ListPublisher& publisher);

  // Any thread.
  [[nodiscard]] std::uint64_t applied() const { return applied_; }
  [[nodiscard]] std::uint64_t bad() const { return bad_; }
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  [[nodiscard]] std::uint64_t errors() const { return follower_.errors(); }

 private:
  void take(const ingest::Record& record);
  void set(const std::string& item, bool hidden);
  void finish_first_reading();

  HiddenItems& hidden_;
  sink::ListPublisher& publisher_;
  ingest::Decoder decoder_;
  std::map<std::string, bool> first_reading_;  // item -> hidden
  std::atomic<bool> caught_up_{false};
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> bad_{0};
  RepeatLimiter bad_limiter_;
  ingest::TopicFollower follower_;  // last: its thread uses all of the above
};

}  // namespace sluice::pipeline

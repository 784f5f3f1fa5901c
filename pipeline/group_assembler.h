#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/types.h"
#include "ingest/event.h"
#include "model/model.h"

namespace sluice::pipeline {

// Collects consecutive events of one partition that share user and timestamp, because they must be scored
// before any of them is learned. Holds at most one open group, of one topic. Reuses its buffers: no
// allocation per event in the steady state. Not thread-safe.
class GroupAssembler {
 public:
  static constexpr std::size_t kMaxLines = 1000;

  [[nodiscard]] bool open() const { return !lines_.empty(); }
  // Whether the event belongs to the open group. False if none is open or the group is full.
  [[nodiscard]] bool continues(std::size_t topic, const ingest::Event& event) const {
    return open() && lines_.size() < kMaxLines && topic_ == topic && time_ == event.time &&
           user() == event.user;
  }
  // Adds to the open group, or opens one. Copies what it needs. `hint` is of the event, if there is one.
  void add(std::size_t topic, const ingest::Event& event, Offset offset, Timestamp record_time,
           const model::Shard::Hint& hint = {});

  // The open group; good until the next add() or clear().
  [[nodiscard]] model::Group group(PartitionId partition);
  [[nodiscard]] std::size_t topic() const { return topic_; }
  [[nodiscard]] std::string_view user() const { return std::string_view(text_).substr(0, user_bytes_); }
  [[nodiscard]] Offset first_offset() const { return lines_.front().offset; }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  // Of its oldest record.
  [[nodiscard]] Timestamp record_time() const { return record_time_; }
  void clear();

 private:
  struct StoredLine {
    std::uint32_t item_at;  // in text_
    std::uint32_t item_bytes;
    float weight;
    float value;
    Offset offset;
    std::uint32_t row_guess;
  };

  std::size_t topic_ = 0;
  Timestamp time_{};
  Timestamp record_time_{};
  std::size_t user_bytes_ = 0;
  std::uint32_t user_guess_ = model::kNoGuess;
  std::string text_;  // the user's id, then the items' ids
  std::vector<StoredLine> lines_;
  std::vector<model::Line> view_;
};

}  // namespace sluice::pipeline

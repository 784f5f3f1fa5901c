#include "pipeline/group_assembler.h"

#include <algorithm>
#include <cassert>

namespace sluice::pipeline {

void GroupAssembler::add(std::size_t topic, const ingest::Event& event, Offset offset, Timestamp record_time,
                         const model::Shard::Hint& hint) {
  if (!open()) {
    topic_ = topic;
    time_ = event.time;
    record_time_ = record_time;
    text_.assign(event.user);
    user_bytes_ = event.user.size();
    user_guess_ = hint.user_row;
  }
  assert(topic == topic_ && event.time == time_ && event.user == user());
  record_time_ = std::min(record_time_, record_time);
  lines_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(event.item.size()),
                    static_cast<float>(event.weight), static_cast<float>(event.value), offset,
                    hint.item_row});
  text_.append(event.item);
}

model::Group GroupAssembler::group(PartitionId partition) {
  assert(open());
  const std::string_view text = text_;
  view_.clear();
  for (const StoredLine& line : lines_) {
    view_.push_back(
        {text.substr(line.item_at, line.item_bytes), line.weight, line.value, line.offset, line.row_guess});
  }
  return {partition, user(), time_, view_, user_guess_};
}

void GroupAssembler::clear() {
  lines_.clear();
  text_.clear();
  user_bytes_ = 0;
}

}  // namespace sluice::pipeline

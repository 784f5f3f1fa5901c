#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/types.h"
#include "ingest/dead_letters.h"

namespace sluice::ingest {

// One record, or a mark in the stream. The views live as long as the batch.
struct Record {
  enum class Kind : std::uint8_t {
    event,
    end_of_partition,  // `offset` is the log's end: everything below it was delivered or does not exist
    offset_lost,       // the log no longer has the offset that was asked for; nothing more comes until a new
                       // assign
    error,             // `payload` says what; librdkafka goes on by itself
  };
  Kind kind = Kind::event;
  std::size_t topic = 0;  // index into KafkaOptions::topics
  PartitionId partition{};
  Offset offset{};
  Timestamp record_time{};   // zero if the record has none
  std::string_view key;      // data() is null if the record has none
  std::string_view payload;  // data() is null for a null value
};

// Its topic is 0. The views live as long as the message.
[[nodiscard]] Record to_record(const rd_kafka_message_t& message);

// Records taken from one queue, destroyed together. Not thread-safe.
class RecordBatch {
 public:
  RecordBatch() = default;
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;
  ~RecordBatch() { clear(); }

  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  // Unchecked.
  [[nodiscard]] Record at(std::size_t index, const std::vector<std::string>& topics);
  [[nodiscard]] std::vector<HeaderView> headers(std::size_t index) const;
  void clear();

 private:
  friend class KafkaConsumer;
  std::vector<rd_kafka_message_t*> messages_;
  // The topic handle seen last; messages keep theirs alive, so the pointer is good within the batch.
  const rd_kafka_topic_t* last_topic_ = nullptr;
  std::size_t last_topic_index_ = 0;
};

}  // namespace sluice::ingest

#include "ingest/record_batch.h"

#include <algorithm>

namespace sluice::ingest {
namespace {

Record::Kind kind_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Record::Kind::event;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      return Record::Kind::end_of_partition;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return Record::Kind::offset_lost;
    default:
      return Record::Kind::error;
  }
}

std::string_view bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), data == nullptr ? 0 : size};
}

}  // namespace

Record to_record(const rd_kafka_message_t& message) {
  Record record;
  record.kind = kind_of(message.err);
  record.partition = PartitionId{message.partition};
  record.offset = Offset{message.offset};
  record.key = bytes(message.key, message.key_len);
  record.payload = bytes(message.payload, message.len);
  // An error's payload may lack its end.
  if (record.kind == Record::Kind::error) record.payload = rd_kafka_err2str(message.err);
  if (record.kind == Record::Kind::event) {
    rd_kafka_timestamp_type_t type{};
    record.record_time = from_unix_ms(std::max<std::int64_t>(0, rd_kafka_message_timestamp(&message, &type)));
  }
  return record;
}

Record RecordBatch::at(std::size_t index, const std::vector<std::string>& topics) {
  const rd_kafka_message_t& message = *messages_[index];
  if (message.rkt != last_topic_ || last_topic_ == nullptr) {
    const std::string_view name = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
    const auto found = std::ranges::find(topics, name);
    last_topic_ = message.rkt;
    last_topic_index_ = static_cast<std::size_t>(found - topics.begin());
  }
  Record record = to_record(message);
  record.topic = last_topic_index_;
  return record;
}

std::vector<HeaderView> RecordBatch::headers(std::size_t index) const {
  rd_kafka_headers_t* list = nullptr;
  std::vector<HeaderView> headers;
  if (rd_kafka_message_headers(messages_[index], &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.push_back({name, bytes(value, size)});
  }
  return headers;
}

void RecordBatch::clear() {
  for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
  messages_.clear();
  last_topic_ = nullptr;
}

}  // namespace sluice::ingest

#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/kafka_conf.h"

namespace sluice::tests {

struct ReadRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::optional<std::string> key;
  std::optional<std::string> payload;
  std::vector<std::pair<std::string, std::string>> headers;

  [[nodiscard]] std::string header(const std::string& name) const {
    for (const auto& [key_name, value] : headers) {
      if (key_name == name) return value;
    }
    return "(none)";
  }
};

inline std::optional<std::string> to_text(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

inline ReadRecord to_record(const rd_kafka_message_t& message) {
  ReadRecord record{message.partition,
                    message.offset,
                    0,
                    to_text(message.key, message.key_len),
                    to_text(message.payload, message.len),
                    {}};
  rd_kafka_timestamp_type_t type{};
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    record.headers.emplace_back(name, to_text(value, size).value_or("(null)"));
  }
  return record;
}

// Reads a topic from its beginning, without a group, until `count` records came or the deadline passed.
inline std::vector<ReadRecord> read_topic(const std::string& brokers, const std::string& topic,
                                          int partitions, std::size_t count,
                                          std::chrono::seconds at_most = std::chrono::seconds{30}) {
  using Handle = std::unique_ptr<rd_kafka_t, ingest::KafkaDeleter<rd_kafka_destroy>>;
  using Message = std::unique_ptr<rd_kafka_message_t, ingest::KafkaDeleter<rd_kafka_message_destroy>>;
  ingest::KafkaConf conf = ingest::make_kafka_conf({{"bootstrap.servers", brokers},
                                                    {"group.id", "topic-reader"},
                                                    {"enable.auto.commit", "false"},
                                                    {"auto.offset.reset", "error"},
                                                    {"fetch.wait.max.ms", "10"}});
  const Handle consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf.release(), nullptr, 0));
  const ingest::KafkaPartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = 0;
  }
  rd_kafka_assign(consumer.get(), list.get());
  std::vector<ReadRecord> records;
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (records.size() < count && std::chrono::steady_clock::now() < deadline) {
    const Message message(rd_kafka_consumer_poll(consumer.get(), 100));
    if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(to_record(*message));
  }
  rd_kafka_consumer_close(consumer.get());
  return records;
}

}  // namespace sluice::tests

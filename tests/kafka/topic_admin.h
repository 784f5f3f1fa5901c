#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "ingest/kafka_conf.h"

namespace sluice::tests {

// Changes to topics of a real broker. An answer is an error text, empty if it was done.
class TopicAdmin {
 public:
  explicit TopicAdmin(const std::string& brokers)
      : handle_(ingest::new_kafka_handle(RD_KAFKA_PRODUCER,
                                         ingest::make_kafka_conf({{"bootstrap.servers", brokers}}))),
        queue_(rd_kafka_queue_new(handle_.get())) {}

  [[nodiscard]] std::string create(const std::string& topic, int partitions) {
    using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, ingest::KafkaDeleter<rd_kafka_NewTopic_destroy>>;
    const NewTopic wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, nullptr, 0));
    rd_kafka_NewTopic_t* one = wanted.get();
    rd_kafka_CreateTopics(handle_.get(), &one, 1, nullptr, queue_.get());
    return answer([](rd_kafka_event_t* event) {
      std::size_t count = 0;
      return topic_error(
          rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count));
    });
  }

  // The group's commits go with it; its name may be free only a moment later.
  [[nodiscard]] std::string remove(const std::string& topic) {
    using Request =
        std::unique_ptr<rd_kafka_DeleteTopic_t, ingest::KafkaDeleter<rd_kafka_DeleteTopic_destroy>>;
    const Request wanted(rd_kafka_DeleteTopic_new(topic.c_str()));
    rd_kafka_DeleteTopic_t* one = wanted.get();
    rd_kafka_DeleteTopics(handle_.get(), &one, 1, nullptr, queue_.get());
    return answer([](rd_kafka_event_t* event) {
      std::size_t count = 0;
      return topic_error(
          rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count));
    });
  }

  [[nodiscard]] std::string add_partitions(const std::string& topic, std::size_t total) {
    using NewPartitions =
        std::unique_ptr<rd_kafka_NewPartitions_t, ingest::KafkaDeleter<rd_kafka_NewPartitions_destroy>>;
    const NewPartitions wanted(rd_kafka_NewPartitions_new(topic.c_str(), total, nullptr, 0));
    rd_kafka_NewPartitions_t* one = wanted.get();
    rd_kafka_CreatePartitions(handle_.get(), &one, 1, nullptr, queue_.get());
    return answer([](rd_kafka_event_t* event) {
      std::size_t count = 0;
      return topic_error(
          rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count));
    });
  }

  // What retention does: the partition's log begins at that offset.
  [[nodiscard]] std::string delete_records_before(const std::string& topic, std::int32_t partition,
                                                  std::int64_t offset) {
    using Request =
        std::unique_ptr<rd_kafka_DeleteRecords_t, ingest::KafkaDeleter<rd_kafka_DeleteRecords_destroy>>;
    const ingest::KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    const Request wanted(rd_kafka_DeleteRecords_new(list.get()));
    rd_kafka_DeleteRecords_t* one = wanted.get();
    rd_kafka_DeleteRecords(handle_.get(), &one, 1, nullptr, queue_.get());
    return answer([](rd_kafka_event_t* event) {
      const auto* const done =
          rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
      return error_text(done->elems[0].err);
    });
  }

 private:
  using Handle = std::unique_ptr<rd_kafka_t, ingest::KafkaDeleter<rd_kafka_destroy>>;
  using Event = std::unique_ptr<rd_kafka_event_t, ingest::KafkaDeleter<rd_kafka_event_destroy>>;

  static std::string error_text(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(error);
  }
  static std::string topic_error(const rd_kafka_topic_result_t* const* results) {
    return error_text(rd_kafka_topic_result_error(results[0]));
  }

  template <typename Read>
  std::string answer(Read read) {
    constexpr int kTimeoutMs = 30'000;
    const Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs));
    if (!event) return "no answer";
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return rd_kafka_event_error_string(event.get());
    }
    return read(event.get());
  }

  Handle handle_;
  ingest::KafkaQueue queue_;
};

}  // namespace sluice::tests

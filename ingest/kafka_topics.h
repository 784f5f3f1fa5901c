#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <optional>
#include <string>

namespace sluice::ingest {

// True for errors that mean that the brokers do not show us such a topic: it does not exist, or not for us.
[[nodiscard]] bool is_missing_topic(rd_kafka_resp_err_t error);

// Asks the brokers for one topic: NO_ERROR, or why it cannot be used. Nothing: no answer in time. Blocks.
[[nodiscard]] std::optional<rd_kafka_resp_err_t> ask_for_topic(rd_kafka_t* handle, const std::string& topic,
                                                               std::chrono::milliseconds at_most);

// The topic's id as text, by DescribeTopics. Empty: no answer in time, a broker without ids (before
// Kafka 2.8), or a librdkafka that cannot ask (before 2.3). Blocks.
[[nodiscard]] std::string ask_for_topic_id(rd_kafka_t* handle, const std::string& topic,
                                           std::chrono::milliseconds at_most);

// "topic events: UNKNOWN_TOPIC_OR_PART: Broker: Unknown topic or partition"
[[nodiscard]] std::string topic_error_text(const std::string& topic, rd_kafka_resp_err_t error);

}  // namespace sluice::ingest

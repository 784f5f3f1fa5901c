#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <optional>
#include <string>

#include "ingest/kafka_handles.h"
#include "ingest/kafka_properties.h"

namespace sluice::ingest {

using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaDeleter<rd_kafka_conf_destroy>>;

// A configuration whose log lines go to spdlog. Throws std::runtime_error if librdkafka refuses a property; a
// secret is not part of the text.
[[nodiscard]] KafkaConf make_kafka_conf(const KafkaProperties& properties);

// A client of this configuration, for destroy_kafka_handle(). Throws std::runtime_error if librdkafka makes
// none.
[[nodiscard]] rd_kafka_t* new_kafka_handle(rd_kafka_type_t type, KafkaConf conf);
// Why new_kafka_handle() would throw, without a log line and with secrets masked; nothing if it would not.
// The handle is made without its brokers, so that nothing is connected, and destroyed.
[[nodiscard]] std::optional<std::string> handle_refusal(rd_kafka_type_t type, KafkaProperties properties);
// Destroying has no timeout, and with brokers away it may wait for requests that nobody will answer: after a
// second the rest is left to a thread of its own, which the end of the process takes along. `flags` as
// rd_kafka_destroy_flags().
void destroy_kafka_handle(rd_kafka_t* handle, int flags);

}  // namespace sluice::ingest

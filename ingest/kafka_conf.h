#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

#include "ingest/kafka_handles.h"
#include "ingest/kafka_properties.h"

namespace sluice::ingest {

using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaDeleter<rd_kafka_conf_destroy>>;

// A configuration whose log lines go to spdlog. Throws std::runtime_error if librdkafka refuses a property; a
// secret is not part of the text.
[[nodiscard]] KafkaConf make_kafka_conf(const KafkaProperties& properties);

}  // namespace sluice::ingest

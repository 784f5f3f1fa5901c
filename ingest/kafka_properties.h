#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

// librdkafka's configuration: what the operator passes through (kafka.properties), what Sluice prefers and
// lets him change, and what Sluice depends on and lets nobody change.
namespace sluice::ingest {

using KafkaProperties = std::map<std::string, std::string>;

struct KafkaPropertyProblem {
  std::string name;
  std::string value;   // masked if it is a secret
  std::string reason;  // a plain sentence without the name
};

// Everything that is wrong with kafka.properties, at once: properties that Sluice decides, names that
// librdkafka does not know, values that it does not take. Nothing is connected.
[[nodiscard]] std::vector<KafkaPropertyProblem> check_kafka_properties(const KafkaProperties& properties);

// Why librdkafka makes no client of these options, in its words and with secrets masked; each reason once,
// and none if it makes them. Handles are made without brokers and destroyed: nothing is connected, but files
// that the properties name are read (up to 0.1 s with TLS). Supposes that check_kafka_properties() found
// nothing. Of consumers: the group's, and the control topic's where there is one.
[[nodiscard]] std::vector<std::string> consumer_refusals(const config::KafkaOptions& options,
                                                         const std::string& instance);
[[nodiscard]] std::vector<std::string> producer_refusals(const config::KafkaOptions& options);

// What works less well than it seems, in plain words, for the log at start. `library_version` as
// rd_kafka_version().
[[nodiscard]] std::vector<std::string> kafka_property_warnings(const KafkaProperties& properties,
                                                               int library_version);

// All properties of the group's consumer, and of a producer (idempotent, lz4, partitioner murmur2_random;
// only the connection's part of kafka.properties). Both suppose that check_kafka_properties() found nothing.
[[nodiscard]] KafkaProperties consumer_properties(const config::KafkaOptions& options,
                                                  const std::string& instance);
[[nodiscard]] KafkaProperties producer_properties(const config::KafkaOptions& options);

// Of a consumer without a group, for a topic that every instance reads whole; from the same properties.
[[nodiscard]] KafkaProperties follower_properties(const config::KafkaOptions& options,
                                                  const std::string& instance);

// The value, or config::kMask for a secret.
[[nodiscard]] std::string masked_kafka_property(std::string_view name, const std::string& value);

}  // namespace sluice::ingest

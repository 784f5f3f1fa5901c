#include "ingest/kafka_properties.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/parse_number.h"
#include "config/secrets.h"
#include "ingest/kafka_conf.h"

namespace sluice::ingest {
namespace {

struct Decided {
  std::string_view name;
  std::string_view reason;
};

constexpr std::string_view kSnapshotReason =
    "Sluice commits offsets itself, never ahead of a durable snapshot";
constexpr std::string_view kIdempotenceReason =
    "Sluice's producers are idempotent, so that no retry doubles a record";

constexpr auto kDecided = std::to_array<Decided>({
    {"bootstrap.servers", "set kafka.brokers instead"},
    {"metadata.broker.list", "set kafka.brokers instead"},
    {"group.id", "set kafka.group instead"},
    {"group.protocol", "partitions move with their users by the classic protocol"},
    {"group.remote.assignor", "partitions move with their users by the classic protocol"},
    {"partition.assignment.strategy",
     "same-numbered partitions of all topics must go to one instance, which only range assures"},
    {"enable.auto.commit", kSnapshotReason},
    {"auto.commit.enable", kSnapshotReason},
    {"auto.commit.interval.ms", kSnapshotReason},
    {"enable.auto.offset.store", kSnapshotReason},
    {"offset.store.method", kSnapshotReason},
    {"offset.store.path", kSnapshotReason},
    {"offset.store.sync.interval.ms", kSnapshotReason},
    {"auto.offset.reset",
     "a lost offset must never be jumped over silently; see kafka.start_without_snapshot and "
     "kafka.on_log_gap"},
    {"enable.partition.eof", "Sluice needs the end of a partition to know that it has caught up"},
    {"isolation.level", "records of aborted transactions must stay invisible"},
    {"consume.callback.max.messages", "Sluice takes records by queue"},
    {"partitioner", "users must be partitioned as Java's producers do it (murmur2_random)"},
    {"enable.idempotence", kIdempotenceReason},
    {"enable.gapless.guarantee", kIdempotenceReason},
    {"acks", kIdempotenceReason},
    {"request.required.acks", kIdempotenceReason},
    {"max.in.flight", kIdempotenceReason},
    {"max.in.flight.requests.per.connection", kIdempotenceReason},
    {"message.send.max.retries", kIdempotenceReason},
    {"retries", kIdempotenceReason},
    {"queuing.strategy", kIdempotenceReason},
    {"transactional.id", "Sluice uses no transactions"},
    {"test.mock.num.brokers", "it would replace the brokers by a mock cluster"},
});

// Properties of the connection, which producers share with the consumer. By the part before the first dot,
// and a few by name.
constexpr auto kConnectionPrefixes = std::to_array<std::string_view>(
    {"api",     "broker", "client",   "connections", "enable.metadata", "enable.sasl", "enable.ssl",
     "https",   "log",    "metadata", "oauthbearer", "plugin",          "receive",     "reconnect",
     "resolve", "retry",  "sasl",     "security",    "socket",          "ssl",         "topic.metadata"});
constexpr auto kConnectionNames =
    std::to_array<std::string_view>({"debug", "message.max.bytes", "message.copy.max.bytes"});

// A broker answers one question of a connection after the other, and those of KafkaWatch have a second.
constexpr int kMostFetchWaitMs = 500;

const Decided* find_decided(std::string_view name) {
  const auto* const found = std::ranges::find(kDecided, name, &Decided::name);
  return found == kDecided.end() ? nullptr : found;
}

bool is_connection_property(std::string_view name) {
  const bool by_prefix = std::ranges::any_of(kConnectionPrefixes, [name](std::string_view prefix) {
    return name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] == '.';
  });
  return by_prefix || std::ranges::find(kConnectionNames, name) != kConnectionNames.end();
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

void add_refusal(std::vector<std::string>& reasons, rd_kafka_type_t type, const KafkaProperties& properties) {
  const auto reason = handle_refusal(type, properties);
  if (reason && std::ranges::find(reasons, *reason) == reasons.end()) reasons.push_back(*reason);
}

}  // namespace

std::vector<KafkaPropertyProblem> check_kafka_properties(const KafkaProperties& properties) {
  std::vector<KafkaPropertyProblem> problems;
  const KafkaConf scratch(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    const auto report = [&, &name = name, &value = value](std::string reason) {
      problems.push_back({name, masked_kafka_property(name, value), std::move(reason)});
    };
    if (const Decided* decided = find_decided(name); decided != nullptr) {
      report("Sluice decides this one: " + std::string(decided->reason));
      continue;
    }
    std::array<char, 512> text{};
    switch (rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), text.data(), text.size())) {
      case RD_KAFKA_CONF_OK:
        if (name == "fetch.wait.max.ms" && parse_number<int>(value).value_or(0) > kMostFetchWaitMs) {
          report("may be " + std::to_string(kMostFetchWaitMs) +
                 " at most: whether the brokers are there is asked behind a fetch that waits for records");
        }
        break;
      case RD_KAFKA_CONF_UNKNOWN:
        // Its value is not shown: who knows what was meant; perhaps a password, with a slip in the name.
        problems.push_back(
            {name, value.empty() ? value : std::string(config::kMask),
             "librdkafka " + std::string(rd_kafka_version_str()) + " knows no property of this name"});
        break;
      case RD_KAFKA_CONF_INVALID:
        report(config::is_secret_property(name) ? "librdkafka does not take this value"
                                                : std::string(text.data()));
        break;
    }
  }
  return problems;
}

std::vector<std::string> consumer_refusals(const config::KafkaOptions& options, const std::string& instance) {
  std::vector<std::string> reasons;
  add_refusal(reasons, RD_KAFKA_CONSUMER, consumer_properties(options, instance));
  if (!options.control_topic.empty()) {
    add_refusal(reasons, RD_KAFKA_CONSUMER, follower_properties(options, instance));
  }
  return reasons;
}

std::vector<std::string> producer_refusals(const config::KafkaOptions& options) {
  std::vector<std::string> reasons;
  add_refusal(reasons, RD_KAFKA_PRODUCER, producer_properties(options));
  return reasons;
}

std::vector<std::string> kafka_property_warnings(const KafkaProperties& properties, int library_version) {
  constexpr int kScramRepaired = 0x020601ff;  // 2.6.1
  std::vector<std::string> warnings;
  for (const char* const name : {"sasl.mechanism", "sasl.mechanisms"}) {
    const auto found = properties.find(name);
    if (found == properties.end() || !upper(found->second).starts_with("SCRAM")) continue;
    if (library_version >= kScramRepaired) continue;
    warnings.push_back(
        "kafka.properties." + std::string(name) + " is " + found->second +
        ", but this librdkafka is older than 2.6.1 and sends a SCRAM nonce that Kafka 4 brokers refuse: the "
        "login "
        "fails with \"invalid credentials\" although the password is right. Brokers up to 3.9 accept it. Use "
        "librdkafka 2.6.1 or newer (Debian 13), or another mechanism.");
  }
  return warnings;
}

KafkaProperties consumer_properties(const config::KafkaOptions& options, const std::string& instance) {
  KafkaProperties merged = {
      {"client.id", "sluice-" + instance},
      // A static member that restarts within its session gets its partitions back without a rebalance.
      {"group.instance.id", options.group + "-" + instance},
      // The fetcher sleeps up to a second once it has this many records, so the bound is in bytes alone.
      {"queued.min.messages", "10000000"},
      {"queued.max.messages.kbytes", "65536"},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.max.ms", "5000"},
  };
  for (const auto& [name, value] : options.properties) merged.insert_or_assign(name, value);
  const KafkaProperties decided = {
      {"bootstrap.servers", options.brokers},
      {"group.id", options.group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"partition.assignment.strategy", "range"},
      {"isolation.level", "read_committed"},
  };
  for (const auto& [name, value] : decided) merged.insert_or_assign(name, value);
  return merged;
}

KafkaProperties follower_properties(const config::KafkaOptions& options, const std::string& instance) {
  KafkaProperties merged = {
      {"client.id", "sluice-" + instance + "-control"},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.max.ms", "5000"},
  };
  for (const auto& [name, value] : options.properties) {
    if (is_connection_property(name) || name.starts_with("fetch.")) merged.insert_or_assign(name, value);
  }
  const KafkaProperties decided = {
      {"bootstrap.servers", options.brokers}, {"enable.auto.commit", "false"},
      {"auto.offset.reset", "earliest"},      {"enable.partition.eof", "true"},
      {"isolation.level", "read_committed"},
  };
  for (const auto& [name, value] : decided) merged.insert_or_assign(name, value);
  return merged;
}

KafkaProperties producer_properties(const config::KafkaOptions& options) {
  KafkaProperties merged = {
      {"client.id", "sluice"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.max.ms", "5000"},
      {"compression.codec", "lz4"},
      {"linger.ms", "5"},
  };
  for (const auto& [name, value] : options.properties) {
    if (is_connection_property(name)) merged.insert_or_assign(name, value);
  }
  merged.insert_or_assign("bootstrap.servers", options.brokers);
  merged.insert_or_assign("enable.idempotence", "true");
  merged.insert_or_assign("partitioner", "murmur2_random");
  return merged;
}

std::string masked_kafka_property(std::string_view name, const std::string& value) {
  return config::is_secret_property(name) ? std::string(config::kMask) : value;
}

}  // namespace sluice::ingest

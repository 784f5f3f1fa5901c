#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/types.h"
#include "ingest/kafka_handles.h"

namespace sluice::ingest {

// Kafka brokers inside this process (librdkafka's mock cluster): TCP servers on 127.0.0.1 that any process
// may use, for the demo and for tests. A partition keeps its latest 5 MiB or 100,000 message sets; there is
// no TLS, SASL, admin API or lookup by time, and transactions are not isolated. Brokers are numbered from 1.
// Thread-safe.
class MockCluster {
 public:
  // Request types of the Kafka protocol, for fail_requests().
  enum class Api : std::int16_t {
    produce = 0,
    fetch = 1,
    list_offsets = 2,
    metadata = 3,
    offset_commit = 8,
    offset_fetch = 9,
    find_coordinator = 10,
    join_group = 11,
    heartbeat = 12,
    leave_group = 13,
    sync_group = 14,
    api_versions = 18,
    init_producer_id = 22,
  };
  static constexpr std::int32_t kAllBrokers = -1;

  // Throws std::runtime_error if no cluster can be made.
  explicit MockCluster(int brokers = 1);

  [[nodiscard]] std::string bootstrap_servers() const;  // "127.0.0.1:port,..."
  // Throws std::runtime_error if librdkafka refuses.
  void create_topic(const std::string& topic, int partitions, int replicas = 1);

  // Faults. Each takes effect at once and lasts until it is taken back.
  void stop_broker(std::int32_t broker = kAllBrokers);  // cuts its connections; partitions stay its own
  void start_broker(std::int32_t broker = kAllBrokers);
  void set_round_trip(std::chrono::milliseconds time, std::int32_t broker = kAllBrokers);
  // The topic seems not to exist, or is there again.
  void hide_topic(const std::string& topic, bool hidden);
  void set_leader(const TopicPartition& partition, std::int32_t broker);  // -1: none
  void set_coordinator(const std::string& group, std::int32_t broker);
  // The next requests of this kind fail with these errors, one each; RD_KAFKA_RESP_ERR__TRANSPORT cuts the
  // connection.
  void fail_requests(Api api, std::span<const rd_kafka_resp_err_t> errors);
  void clear_failures(Api api);

 private:
  using Handle = std::unique_ptr<rd_kafka_t, KafkaDeleter<rd_kafka_destroy>>;
  using Cluster = std::unique_ptr<rd_kafka_mock_cluster_t, KafkaDeleter<rd_kafka_mock_cluster_destroy>>;

  Handle handle_;  // the cluster lives in a client, which outlives it
  Cluster cluster_;
};

}  // namespace sluice::ingest

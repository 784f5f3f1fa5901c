#include "ingest/mock_cluster.h"

#include <stdexcept>
#include <utility>

#include "ingest/kafka_conf.h"

namespace sluice::ingest {
namespace {

void check(rd_kafka_resp_err_t error, const char* what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(std::string("mock cluster: ") + what + ": " + rd_kafka_err2str(error));
  }
}

}  // namespace

MockCluster::MockCluster(int brokers) {
  KafkaConf conf = make_kafka_conf({{"client.id", "mock-cluster"}, {"log_level", "3"}});
  handle_.reset(new_kafka_handle(RD_KAFKA_PRODUCER, std::move(conf)));
  cluster_.reset(rd_kafka_mock_cluster_new(handle_.get(), brokers));
  if (!cluster_) throw std::runtime_error("mock cluster: cannot be made");
}

std::string MockCluster::bootstrap_servers() const {
  return rd_kafka_mock_cluster_bootstraps(cluster_.get());
}

void MockCluster::create_topic(const std::string& topic, int partitions, int replicas) {
  check(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, replicas), "create topic");
}

void MockCluster::stop_broker(std::int32_t broker) {
  check(rd_kafka_mock_broker_set_down(cluster_.get(), broker), "stop broker");
}

void MockCluster::start_broker(std::int32_t broker) {
  check(rd_kafka_mock_broker_set_up(cluster_.get(), broker), "start broker");
}

void MockCluster::set_round_trip(std::chrono::milliseconds time, std::int32_t broker) {
  check(rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, static_cast<int>(time.count())),
        "set round trip");
}

void MockCluster::hide_topic(const std::string& topic, bool hidden) {
  rd_kafka_mock_topic_set_error(
      cluster_.get(), topic.c_str(),
      hidden ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockCluster::set_leader(const TopicPartition& partition, std::int32_t broker) {
  check(rd_kafka_mock_partition_set_leader(cluster_.get(), partition.topic.c_str(),
                                           static_cast<std::int32_t>(partition.partition), broker),
        "set leader");
}

void MockCluster::set_coordinator(const std::string& group, std::int32_t broker) {
  check(rd_kafka_mock_coordinator_set(cluster_.get(), "group", group.c_str(), broker), "set coordinator");
}

void MockCluster::fail_requests(Api api, std::span<const rd_kafka_resp_err_t> errors) {
  rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(api), errors.size(),
                                          errors.data());
}

void MockCluster::clear_failures(Api api) {
  rd_kafka_mock_clear_request_errors(cluster_.get(), static_cast<std::int16_t>(api));
}

}  // namespace sluice::ingest

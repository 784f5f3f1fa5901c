#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ingest/mock_cluster.h"
#include "sink/redis_process.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::test {

// A mock cluster with the topic "events" of two partitions and "events.dead" of one, a Redis, and a folder.
class ServiceTest : public testing::Test {
 protected:
  static constexpr int kPartitions = 2;

  explicit ServiceTest(int brokers = 1) : cluster_(brokers), redis_(start_redis(0)) {
    cluster_.create_topic("events", kPartitions, brokers);
    cluster_.create_topic("events.dead", 1);
  }

  // Whether the full counts are wanted (scripts/test --long) instead of CI's.
  [[nodiscard]] static bool long_run() {
    const char* const wanted = std::getenv("SLUICE_TEST_LONG");
    return wanted != nullptr && std::string(wanted) == "1";
  }

  // No broker serves anybody: each connection is cut as soon as it asks for something. (A stopped broker of
  // the mock cluster now and then keeps connections that it does not serve any more after its return.)
  void begin_outage() {
    constexpr std::size_t kMore = 10'000;  // than there will be requests
    const std::vector<rd_kafka_resp_err_t> errors(kMore, RD_KAFKA_RESP_ERR__TRANSPORT);
    for (const auto api : kRequests) cluster_.fail_requests(api, errors);
  }
  void end_outage() {
    for (const auto api : kRequests) cluster_.clear_failures(api);
  }

  [[nodiscard]] static std::unique_ptr<sink::RedisProcess> start_redis(
      std::uint16_t port, std::vector<std::string> arguments = {}) {
    sink::RedisProcessOptions options;
    options.port = port;
    options.arguments = std::move(arguments);
    auto redis = sink::RedisProcess::start(options);
    if (!redis.ok()) throw std::runtime_error(redis.error());
    return std::move(redis.value());
  }

  [[nodiscard]] ServiceSetup setup(const std::string& instance = "a") const {
    return {.instance = instance,
            .brokers = cluster_.bootstrap_servers(),
            .redis_url = redis_->url(),
            .folder = folder_.path(),
            .overrides = {{"kafka.dead_letter_topic", "events.dead"}}};
  }

  // With a session that is soon over, because the mock cluster knows no static members: a killed one's
  // partitions come back only after that. And with a weight of zero for ProducedLog::kFilteredType.
  [[nodiscard]] ServiceSetup quick_setup() const {
    ServiceSetup made = setup();
    // No shorter: the mock cluster looks once a second who is over time, and may then take those who wait to
    // join for dead.
    made.overrides["kafka.properties.session.timeout.ms"] = std::to_string(3000 * kPatience);
    made.overrides["kafka.properties.heartbeat.interval.ms"] = "100";
    made.overrides["kafka.properties.reconnect.backoff.max.ms"] = "500";
    made.overrides["epoch.max_wait"] = "5ms";
    // How fast a disk is that compilers and other tests write to is not the subject of those who use this.
    made.overrides["limits.shutdown"] = "30s";
    made.overrides[std::string("events.types.") + ProducedLog::kFilteredType] = "0";
    return made;
  }

  [[nodiscard]] config::RedisOptions redis_options() const {
    config::RedisOptions options;
    options.url = redis_->url();
    return options;
  }

  using Api = ingest::MockCluster::Api;
  static constexpr auto kRequests =
      std::to_array<Api>({Api::produce, Api::fetch, Api::list_offsets, Api::metadata, Api::offset_commit,
                          Api::offset_fetch, Api::find_coordinator, Api::join_group, Api::heartbeat,
                          Api::leave_group, Api::sync_group, Api::api_versions, Api::init_producer_id});

  TemporaryFolder folder_;
  ingest::MockCluster cluster_;
  std::unique_ptr<sink::RedisProcess> redis_;
};

}  // namespace sluice::test

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "ingest/mock_cluster.h"
#include "sink/redis_process.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::test {

// A mock cluster with the topic "events" of two partitions and "events.dead" of one, a Redis, and a folder.
class ServiceTest : public testing::Test {
 protected:
  static constexpr int kPartitions = 2;

  ServiceTest() : redis_(start_redis(0)) {
    cluster_.create_topic("events", kPartitions);
    cluster_.create_topic("events.dead", 1);
  }

  // Leaves the logs of a failed test on stderr, for the folder goes.
  void explain(const SluiceService& service) {
    if (HasFailure()) std::fprintf(stderr, "%s\n", service.log().c_str());
  }

  [[nodiscard]] static std::unique_ptr<sink::RedisProcess> start_redis(std::uint16_t port) {
    sink::RedisProcessOptions options;
    options.port = port;
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

  [[nodiscard]] config::RedisOptions redis_options() const {
    config::RedisOptions options;
    options.url = redis_->url();
    return options;
  }

  TemporaryFolder folder_;
  ingest::MockCluster cluster_;
  std::unique_ptr<sink::RedisProcess> redis_;
};

}  // namespace sluice::test

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "bench/stage.h"
#include "bench/world.h"
#include "ingest/mock_cluster.h"
#include "ingest/producer.h"
#include "ingest/send_window.h"
#include "pipeline/service.h"
#include "sink/redis_process.h"

namespace sluice::bench {

// Sends a world's events to topic "events", never more than 2 MiB a partition ahead of what was applied.
class Feeder {
 public:
  // events_per_second 0: as fast as it goes.
  Feeder(const std::string& brokers, const Shape& shape, double events_per_second);
  ~Feeder() { stop(); }
  void stop();
  void applied(PartitionId partition, Offset next) { window_.on_applied(partition, next); }
  // Why it ended by itself; empty if it did not.
  [[nodiscard]] std::string error() const { return failed_ ? producer_.last_error() : ""; }

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] bool send(const DrawnEvent& event);

  const double events_per_second_;
  EventDraws draws_;
  std::string user_;
  std::string payload_;
  ingest::SendWindow window_{2 << 20};
  ingest::Producer producer_;
  std::atomic<bool> failed_{false};
  std::jthread thread_;
};

// The whole service as `sluice run` has it, on a mock cluster and a Redis of its own, started from a world's
// snapshot. The constructor returns when it owns its partitions.
class LiveService {
 public:
  LiveService(const Shape& shape, const Settings& settings, std::uint32_t shards,
              const config::PublishOptions& publish);
  ~LiveService();

  // Returns when the first events are applied.
  void feed(double events_per_second);
  // Lets the feeder know what was applied, until that time is over.
  void watch_for(std::chrono::milliseconds time);
  [[nodiscard]] std::uint64_t events() const;  // applied so far
  [[nodiscard]] double status(const std::string& field) const;
  // Events in the topic that are not applied yet.
  [[nodiscard]] std::uint64_t lag() const;
  // Of Redis's data set.
  [[nodiscard]] double redis_bytes() const;

 private:
  const Shape shape_;
  const std::filesystem::path folder_;
  std::unique_ptr<sink::RedisProcess> redis_;
  ingest::MockCluster cluster_;
  std::unique_ptr<pipeline::Service> service_;
  std::thread running_;
  std::unique_ptr<Feeder> feeder_;
};

// What the feeder, the mock cluster and a consumer that only counts reach together: events a second.
[[nodiscard]] double bare_consume(const Shape& shape, std::chrono::milliseconds time);

}  // namespace sluice::bench

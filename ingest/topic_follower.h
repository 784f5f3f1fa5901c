#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "common/repeat_limiter.h"
#include "config/options.h"
#include "ingest/kafka_handles.h"
#include "ingest/record_batch.h"

namespace sluice::ingest {

// Reads a whole topic, from its beginning and then as it grows, on a thread of its own and without a group:
// each process sees every record, and nothing is committed. Partitions that are added are found. Should the
// log begin later than where the reading stands, it goes on at the log's beginning.
class TopicFollower {
 public:
  // Called on the follower's thread; must not throw.
  struct Listener {
    std::function<void(const Record&)> on_record;  // kind event; of one partition in order; topic is 0
    std::function<void()> on_caught_up;            // once: every partition was read to its end
  };

  // Throws std::runtime_error if librdkafka refuses a property.
  TopicFollower(const config::KafkaOptions& options, const std::string& instance, std::string topic,
                Listener listener);
  TopicFollower(const TopicFollower&) = delete;
  TopicFollower& operator=(const TopicFollower&) = delete;
  ~TopicFollower();  // a second at most, with the brokers away too

  // Told by librdkafka: brokers away, refused, no such topic. Any thread.
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Callbacks;
  using Topic = std::unique_ptr<rd_kafka_topic_t, KafkaDeleter<rd_kafka_topic_destroy>>;

  void run(const std::stop_token& stop);
  // Starts partitions that are not read yet. False: the brokers did not tell.
  [[nodiscard]] bool find_partitions();
  void take(const rd_kafka_message_t& message);
  void count_error(const std::string& text);

  const std::string name_;
  const Listener listener_;
  std::atomic<std::uint64_t> errors_{0};
  RepeatLimiter log_limiter_;
  rd_kafka_t* handle_ = nullptr;
  Topic topic_;
  KafkaQueue queue_;
  std::set<std::int32_t> reading_;
  std::set<std::int32_t> behind_;  // of those, not read to their end yet
  bool caught_up_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sluice::ingest

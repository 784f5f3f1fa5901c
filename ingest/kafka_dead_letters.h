#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "ingest/dead_letters.h"
#include "ingest/producer.h"

namespace sluice::ingest {

// Dead letters as records of a Kafka topic: key, value and headers of the original, and behind them the
// headers
//   sluice.reason     a RejectReason's name
//   sluice.topic, sluice.partition, sluice.offset, sluice.timestamp (ms)     where the original lies
//   sluice.truncated  the value's full length in bytes, if it was cut because the broker takes no record so
//   long
// Delivery is retried without end, so an outage fills the queue and then send() refuses; only what no retry
// can mend (no such topic, not authorised) becomes a failure().
class KafkaDeadLetters : public DeadLetterSink {
 public:
  // Throws std::runtime_error if librdkafka refuses a property.
  explicit KafkaDeadLetters(const config::KafkaOptions& options);

  [[nodiscard]] bool send(const DeadLetter& letter) override;
  [[nodiscard]] std::uint64_t sent() const override { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const override;
  [[nodiscard]] bool flush(std::uint64_t letters, std::chrono::milliseconds at_most) override;
  [[nodiscard]] std::string failure() const override;

 private:
  [[nodiscard]] Producer::SendResult send_numbered(const DeadLetter& letter, std::uint64_t number);
  void settle(const Delivery& delivery);
  void acknowledge(std::uint64_t number);
  bool resend_truncated(const Delivery& delivery);
  void fail(std::string text);

  std::string topic_;
  std::mutex sending_;  // a letter's number is the count of those before it
  std::atomic<std::uint64_t> sent_{0};
  mutable std::mutex mutex_;  // for the next three
  std::uint64_t acknowledged_ = 0;
  std::set<std::uint64_t> acknowledged_ahead_;  // numbers behind the first that is not
  std::string failure_;
  std::condition_variable settled_;
  Producer producer_;  // last: its thread calls settle()
};

}  // namespace sluice::ingest

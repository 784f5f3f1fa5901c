#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "common/types.h"
#include "ingest/dead_letters.h"
#include "ingest/kafka_handles.h"
#include "ingest/kafka_properties.h"

namespace sluice::ingest {

struct OutgoingRecord {
  std::string_view topic;
  std::string_view key;      // data() == nullptr: none, and the partition is random
  std::string_view payload;  // data() == nullptr: null, a tombstone
  std::span<const HeaderView> headers;
  std::uintptr_t tag = 0;  // the sender's own, comes back with the delivery
};

// The fate of one record.
struct Delivery {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  PartitionId partition{};  // of a delivered record, as is the offset
  Offset offset{};
  std::size_t bytes = 0;              // key and payload
  const rd_kafka_message_t* message;  // the record itself, during the call only
  std::uintptr_t tag = 0;
};

struct ProducerOptions {
  KafkaProperties properties;  // see producer_properties()
  std::uint32_t max_queued_records = 100'000;
  std::uint32_t max_queued_kib = 32 * 1024;
  std::chrono::milliseconds delivery_timeout{120'000};  // then a record has failed; 0: never give up
};

// An idempotent producer: records of one key arrive once and in order of send(), whatever is retried. The
// queue is bounded; a thread of its own serves delivery reports. Thread-safe.
class Producer {
 public:
  enum class SendResult : std::uint8_t {
    queued,
    full,     // wait_for_room() and try again
    refused,  // this record can never be sent, or the producer has failed for good: see last_error()
  };
  // Called for each record's fate from the producer's thread or from flush(); may send().
  using OnDelivery = std::function<void(const Delivery&)>;

  // Connects in the background. Throws std::runtime_error if librdkafka refuses a property.
  explicit Producer(const ProducerOptions& options, OnDelivery on_delivery = {});
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  // Drops what is not delivered: flush() first.
  ~Producer();

  // Copies the record; its time is now.
  [[nodiscard]] SendResult send(const OutgoingRecord& record);
  // Returns when a record's fate is known, or after that time.
  void wait_for_room(std::chrono::milliseconds at_most);
  // Waits for the fate of everything queued. True if nothing is left.
  [[nodiscard]] bool flush(std::chrono::milliseconds at_most);

  [[nodiscard]] std::uint64_t queued() const {
    return queued_;
  }  // in all; delivered() + failed() lag behind it
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }
  // The latest trouble, empty if there was none: what librdkafka said while it goes on trying, or why a
  // record was refused or failed.
  [[nodiscard]] std::string last_error() const;
  // The latest trouble since the last record was delivered; empty if there was none.
  [[nodiscard]] std::string trouble() const;
  // Asks the brokers why records of this topic find no place, such as that there is no such topic; empty if
  // it is there, or nobody answers in time.
  [[nodiscard]] std::string topic_trouble(const std::string& topic, std::chrono::milliseconds at_most) const;
  // Why this producer will never send again, empty if it may.
  [[nodiscard]] std::string fatal_error() const;

 private:
  struct Callbacks;
  using Handle = std::unique_ptr<rd_kafka_t, KafkaDeleter<rd_kafka_destroy>>;

  void settle(const rd_kafka_message_t& message);
  void note_error(std::string text);

  OnDelivery on_delivery_;
  std::atomic<std::uint64_t> queued_{0};
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> failed_{0};
  mutable std::mutex mutex_;
  std::condition_variable settled_;
  std::uint64_t settlements_ = 0;
  std::string last_error_;
  std::string trouble_;
  Handle handle_;
  std::jthread poller_;  // last, so that it ends first
};

}  // namespace sluice::ingest

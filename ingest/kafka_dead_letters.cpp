#include "ingest/kafka_dead_letters.h"

#include <algorithm>

#include "ingest/kafka_properties.h"

namespace sluice::ingest {
namespace {

constexpr std::string_view kTruncatedHeader = "sluice.truncated";
// What is left of a value that the broker refuses for its length, and the most that is sent in one batch.
// Every broker takes this much.
constexpr std::size_t kTruncatedBytes = 16 * 1024;

ProducerOptions dead_letter_producer(const config::KafkaOptions& options) {
  ProducerOptions producer;
  producer.properties = producer_properties(options);
  producer.properties.insert({"batch.size", std::to_string(kTruncatedBytes)});
  producer.max_queued_records = 20'000;
  producer.delivery_timeout = std::chrono::milliseconds{0};
  return producer;
}

std::vector<HeaderView> headers_of(const rd_kafka_message_t& message) {
  std::vector<HeaderView> headers;
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.push_back({name, {static_cast<const char*>(value), size}});
  }
  return headers;
}

}  // namespace

KafkaDeadLetters::KafkaDeadLetters(const config::KafkaOptions& options)
    : topic_(options.dead_letter_topic),
      producer_(dead_letter_producer(options), [this](const Delivery& delivery) { settle(delivery); }) {}

bool KafkaDeadLetters::send(const DeadLetter& letter) {
  const std::lock_guard lock(sending_);
  const auto result = send_numbered(letter, sent_);
  if (result == Producer::SendResult::queued) {
    ++sent_;
    return true;
  }
  if (result == Producer::SendResult::refused) fail(producer_.last_error());
  return false;
}

Producer::SendResult KafkaDeadLetters::send_numbered(const DeadLetter& letter, std::uint64_t number) {
  const std::string partition = std::to_string(static_cast<std::int32_t>(letter.origin.partition));
  const std::string offset = std::to_string(static_cast<std::int64_t>(letter.offset));
  const std::string timestamp = std::to_string(to_unix_ms(letter.record_time));
  const std::string full_size = std::to_string(letter.payload.size());
  std::vector<HeaderView> headers = letter.headers;
  headers.insert(headers.end(), {{"sluice.reason", to_string(letter.reason)},
                                 {"sluice.topic", letter.origin.topic},
                                 {"sluice.partition", partition},
                                 {"sluice.offset", offset},
                                 {"sluice.timestamp", timestamp}});
  const auto result = producer_.send({topic_, letter.key, letter.payload, headers, number});
  if (result != Producer::SendResult::refused || letter.payload.size() <= kTruncatedBytes) return result;
  headers.push_back({kTruncatedHeader, full_size});
  return producer_.send({topic_, letter.key, letter.payload.substr(0, kTruncatedBytes), headers, number});
}

std::uint64_t KafkaDeadLetters::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

bool KafkaDeadLetters::flush(std::uint64_t letters, std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  settled_.wait_for(lock, at_most, [&] { return acknowledged_ >= letters || !failure_.empty(); });
  return acknowledged_ >= letters;
}

std::string KafkaDeadLetters::failure() const {
  if (const std::string fatal = producer_.fatal_error(); !fatal.empty()) return fatal;
  const std::lock_guard lock(mutex_);
  return failure_;
}

void KafkaDeadLetters::settle(const Delivery& delivery) {
  if (delivery.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    acknowledge(delivery.tag);
  } else if (delivery.error != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || !resend_truncated(delivery)) {
    fail(std::string(rd_kafka_err2name(delivery.error)) + ": " + rd_kafka_err2str(delivery.error));
  }
}

// Letters of several partitions are acknowledged in any order.
void KafkaDeadLetters::acknowledge(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    acknowledged_ahead_.insert(number);
    while (acknowledged_ahead_.erase(acknowledged_) > 0) ++acknowledged_;
  }
  settled_.notify_all();
}

bool KafkaDeadLetters::resend_truncated(const Delivery& delivery) {
  const rd_kafka_message_t& message = *delivery.message;
  std::vector<HeaderView> headers = headers_of(message);
  if (message.len <= kTruncatedBytes ||
      std::ranges::find(headers, kTruncatedHeader, &HeaderView::name) != headers.end()) {
    return false;
  }
  const std::string full_size = std::to_string(message.len);
  headers.push_back({kTruncatedHeader, full_size});
  const std::string_view key(static_cast<const char*>(message.key), message.key_len);
  const std::string_view payload(static_cast<const char*>(message.payload), kTruncatedBytes);
  return producer_.send({topic_, key, payload, headers, delivery.tag}) == Producer::SendResult::queued;
}

void KafkaDeadLetters::fail(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = "dead-letter topic " + topic_ + ": " + std::move(text);
  }
  settled_.notify_all();
}

}  // namespace sluice::ingest

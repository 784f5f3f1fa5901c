#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "ingest/kafka_consumer.h"

namespace sluice::ingest {

// Knows whether Kafka is there: asks the brokers every two seconds for the consumer's topics, over the
// consumer's own connections and on a thread of its own, because the question blocks. Silence of a stream
// says nothing about that, nor does an open connection.
class KafkaWatch {
 public:
  enum class Link : std::uint8_t {
    unknown,    // neither an answer nor kAwayAfter since the start
    connected,  // a broker answered
    away,       // none did for kAwayAfter
  };
  struct State {
    Link link = Link::unknown;
    std::chrono::system_clock::time_point since;  // away: of the last answer, or the start
    std::string reason;                           // why it is, or was, away; one line
    TopicViews topics;                            // as the last answer about each said
  };
  static constexpr std::chrono::milliseconds kAwayAfter{5000};

  // The consumer outlives the watch and is closed after it.
  explicit KafkaWatch(KafkaConsumer& consumer);
  KafkaWatch(const KafkaWatch&) = delete;
  KafkaWatch& operator=(const KafkaWatch&) = delete;
  ~KafkaWatch() = default;  // waits for the question under way, at most a second

  // Any thread.
  [[nodiscard]] State state() const;
  // No question follows; the destructor then waits the less.
  void request_stop() { thread_.request_stop(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  void note_answer(const TopicViews& topics);
  void note_silence();

  KafkaConsumer& consumer_;
  mutable std::mutex mutex_;
  State state_;
  Clock::time_point answered_at_;
  std::chrono::system_clock::time_point answered_at_wall_;
  std::jthread thread_;  // last: it uses all of the above
};

[[nodiscard]] std::string_view to_string(KafkaWatch::Link link);

// What an operator can do about such a reason for Kafka being away; a sentence.
[[nodiscard]] std::string_view kafka_advice(std::string_view reason);

}  // namespace sluice::ingest

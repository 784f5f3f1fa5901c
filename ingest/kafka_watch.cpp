#include "ingest/kafka_watch.h"

#include <condition_variable>
#include <utility>

namespace sluice::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// Also the longest time that the end of the process waits for it, so within the least limits.shutdown.
constexpr milliseconds kQuestion{1000};
constexpr milliseconds kBetweenQuestions{2000};
constexpr milliseconds kBetweenWhileAway{500};

}  // namespace

KafkaWatch::KafkaWatch(KafkaConsumer& consumer)
    : consumer_(consumer), answered_at_(Clock::now()), answered_at_wall_(system_clock::now()) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KafkaWatch::State KafkaWatch::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void KafkaWatch::run(const std::stop_token& stop) {
  std::mutex sleeping;
  std::condition_variable_any never;
  std::string last_topic;
  while (!stop.stop_requested()) {
    const TopicViews topics = consumer_.query_topics(kQuestion, last_topic);
    if (stop.stop_requested()) return;
    const bool answered = !topics.empty();
    if (answered) {
      note_answer(topics);
    } else {
      note_silence();
    }
    std::unique_lock lock(sleeping);
    never.wait_for(lock, stop, answered ? kBetweenQuestions : kBetweenWhileAway, [] { return false; });
  }
}

void KafkaWatch::note_answer(const TopicViews& topics) {
  const std::lock_guard lock(mutex_);
  answered_at_ = Clock::now();
  answered_at_wall_ = system_clock::now();
  for (const auto& [topic, view] : topics) state_.topics[topic] = view;
  if (state_.link == Link::connected) return;
  state_.link = Link::connected;
  state_.since = answered_at_wall_;
}

void KafkaWatch::note_silence() {
  const std::lock_guard lock(mutex_);
  if (Clock::now() - answered_at_ < kAwayAfter) return;
  if (state_.link != Link::away) {
    state_.link = Link::away;
    state_.since = answered_at_wall_;
    state_.reason = "no broker answers";
  }
  // It may be told late, or become another one.
  const std::string reason = consumer_.latest_error(answered_at_);
  // Without what librdkafka says about its own timing and logging.
  if (!reason.empty()) state_.reason = reason.substr(0, reason.find(" (after "));
}

std::string_view to_string(KafkaWatch::Link link) {
  switch (link) {
    case KafkaWatch::Link::unknown:
      return "unknown";
    case KafkaWatch::Link::connected:
      return "connected";
    case KafkaWatch::Link::away:
      return "away";
  }
  return "unknown";
}

std::string_view kafka_advice(std::string_view reason) {
  const auto has = [reason](std::string_view part) { return reason.find(part) != reason.npos; };
  if (has("_RESOLVE")) return "Check the names in kafka.brokers and the name service";
  if (has("_AUTHENTICATION")) return "Check sasl.* in kafka.properties";
  if (has("_SSL")) return "Check ssl.* and security.protocol in kafka.properties";
  return "Check that the brokers run and that kafka.brokers leads to them";
}

}  // namespace sluice::ingest

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
  while (!stop.stop_requested()) {
    auto topics = consumer_.query_topics(kQuestion);
    if (stop.stop_requested()) return;
    const bool answered = topics.has_value();
    if (answered) {
      note_answer(std::move(*topics));
    } else {
      note_silence();
    }
    std::unique_lock lock(sleeping);
    never.wait_for(lock, stop, answered ? kBetweenQuestions : kBetweenWhileAway, [] { return false; });
  }
}

void KafkaWatch::note_answer(TopicViews topics) {
  const std::lock_guard lock(mutex_);
  answered_at_ = Clock::now();
  answered_at_wall_ = system_clock::now();
  state_.topics = std::move(topics);
  if (state_.link == Link::connected) return;
  state_.link = Link::connected;
  state_.since = answered_at_wall_;
}

void KafkaWatch::note_silence() {
  const std::lock_guard lock(mutex_);
  const bool long_enough = Clock::now() - answered_at_ >= kAwayAfter;
  if (state_.link == Link::away || !long_enough) return;
  state_.link = Link::away;
  state_.since = answered_at_wall_;
  state_.reason = consumer_.latest_error(answered_at_);
  // What librdkafka says about its own timing and logging.
  state_.reason = state_.reason.substr(0, state_.reason.find(" (after "));
  if (state_.reason.empty()) state_.reason = "no broker answers";
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

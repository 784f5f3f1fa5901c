#include "ingest/replay.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "ingest/decoder.h"
#include "ingest/event_json.h"

namespace sluice::ingest {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kMaxBehind{1};
// How long to wait before asking again whether to send, and for room in the producer's queue.
constexpr milliseconds kRetryWait{5};
constexpr milliseconds kAskForTopic{500};

// Counts of the producer when the replay began, for a producer that was used before.
class Run {
 public:
  Run(Producer& producer, const ReplayOptions& options, const ReplayHooks& hooks, std::stop_token stop)
      : producer_(producer),
        options_(options),
        hooks_(hooks),
        stop_(std::move(stop)),
        start_(steady_clock::now()),
        next_progress_(start_ + options.progress_interval),
        delivered_before_(producer.delivered()),
        failed_before_(producer.failed()),
        pace_(options.events_per_second, options.speed, start_) {}

  ReplayResult send_all(const std::function<std::optional<FileEvent>()>& next) {
    ReplayResult result;
    while (!stop_.stop_requested() && (options_.max_events == 0 || sent_ < options_.max_events)) {
      const std::optional<FileEvent> event = next();
      if (!event) break;
      // The time of a control event is that of another event, if it has one.
      const bool is_control = control_kind(event->type).has_value();
      if (!wait_until_due(is_control ? std::nullopt : std::optional(event->time))) break;
      if (!send(*event)) {
        result.error = failure_;
        break;
      }
    }
    result.stopped = stop_.stop_requested();
    const bool settled = flush();
    if (!settled) look_for_topic();
    result.progress = progress();
    if (hooks_.on_progress) hooks_.on_progress(result.progress);
    if (result.error.empty()) result.error = undelivered(settled, result.progress);
    return result;
  }

 private:
  // False if a stop was asked for.
  bool wait_until_due(std::optional<Timestamp> time) {
    const auto due = pace_.due(time, steady_clock::now());
    while (!stop_.stop_requested()) {
      tell_progress();
      const auto now = steady_clock::now();
      if (due > now) {
        pause_until(std::min(due, next_progress_));
      } else if (hooks_.may_send && !hooks_.may_send()) {
        pause_until(now + kRetryWait);
      } else {
        return true;
      }
    }
    return false;
  }

  void pause_until(steady_clock::time_point moment) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, stop_, moment, [] { return false; });
  }

  // False if the event cannot be sent, with the reason in failure_; true also after a stop.
  bool send(const FileEvent& event) {
    const std::string payload = event_json(event);
    const OutgoingRecord record{options_.topic, event.user.empty() ? event.item : event.user, payload, {}};
    while (!stop_.stop_requested()) {
      switch (producer_.send(record)) {
        case Producer::SendResult::queued:
          ++sent_;
          if (hooks_.on_send) hooks_.on_send(record.key.size() + record.payload.size());
          return true;
        case Producer::SendResult::refused:
          failure_ = "topic " + options_.topic + ": " + producer_.last_error();
          return false;
        case Producer::SendResult::full:
          producer_.wait_for_room(kRetryWait);
          tell_progress();
          break;
      }
    }
    return true;
  }

  // True if nothing is left. Tells the progress meanwhile.
  bool flush() {
    const auto deadline = steady_clock::now() + options_.flush_timeout;
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
      if (producer_.flush(std::min(left, options_.progress_interval))) return true;
      tell_progress();
      if (steady_clock::now() >= deadline) return false;
    }
  }

  void tell_progress() {
    const auto now = steady_clock::now();
    if (now < next_progress_) return;
    next_progress_ = now + options_.progress_interval;
    look_for_topic();
    if (hooks_.on_progress) hooks_.on_progress(progress());
  }

  // librdkafka waits half a minute before it says that there is no such topic.
  void look_for_topic() {
    missing_.clear();
    if (sent_ == 0 || producer_.delivered() > delivered_before_) return;
    missing_ = producer_.topic_trouble(options_.topic, kAskForTopic);
  }

  [[nodiscard]] ReplayProgress progress() const {
    const std::uint64_t delivered = producer_.delivered() - delivered_before_;
    const std::uint64_t failed = producer_.failed() - failed_before_;
    std::string trouble = delivered < sent_ ? producer_.trouble() : std::string();
    if (delivered == 0 && !missing_.empty()) trouble = missing_;
    return {sent_, delivered, failed, duration_cast<milliseconds>(steady_clock::now() - start_), trouble};
  }

  [[nodiscard]] std::string undelivered(bool settled, const ReplayProgress& at_end) const {
    if (settled && at_end.failed == 0) return {};
    const std::uint64_t lost = at_end.sent - std::min(at_end.sent, at_end.delivered);
    const std::string why = at_end.trouble.empty() ? producer_.last_error() : at_end.trouble;
    return std::to_string(lost) + " of " + std::to_string(at_end.sent) +
           " events were not delivered to topic " + options_.topic + (why.empty() ? "" : " (" + why + ")");
  }

  Producer& producer_;
  const ReplayOptions& options_;
  const ReplayHooks& hooks_;
  std::stop_token stop_;
  steady_clock::time_point start_;
  steady_clock::time_point next_progress_;
  std::uint64_t delivered_before_;
  std::uint64_t failed_before_;
  ReplayPace pace_;
  std::uint64_t sent_ = 0;
  std::string failure_;
  std::string missing_;  // why the topic cannot be used, as the brokers said lately
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

}  // namespace

ReplayPace::ReplayPace(double events_per_second, double speed, Moment start)
    : events_per_second_(events_per_second), speed_(speed), rate_start_(start), time_start_(start) {}

ReplayPace::Moment ReplayPace::due(std::optional<Timestamp> time, Moment now) {
  Moment moment = now;
  if (events_per_second_ > 0) {
    const auto since_start = duration<double>(static_cast<double>(events_) / events_per_second_);
    Moment rated = rate_start_ + std::chrono::round<nanoseconds>(since_start);
    if (rated + kMaxBehind < now) {
      rate_start_ = rated = now;
      events_ = 0;
    }
    ++events_;
    moment = std::max(moment, rated);
  }
  if (speed_ > 0 && time) {
    if (!first_time_) first_time_ = time;
    const auto since_start = duration<double>(*time - *first_time_) / speed_;
    Moment timed = time_start_ + std::chrono::round<nanoseconds>(since_start);
    if (timed + kMaxBehind < now) {
      time_start_ = timed = now;
      first_time_ = time;
    }
    moment = std::max(moment, timed);
  }
  return moment;
}

ReplayResult replay(const std::function<std::optional<FileEvent>()>& next, Producer& producer,
                    const ReplayOptions& options, const ReplayHooks& hooks, std::stop_token stop) {
  return Run(producer, options, hooks, std::move(stop)).send_all(next);
}

}  // namespace sluice::ingest

#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/types.h"
#include "config/options.h"

namespace sluice::pipeline {

// When a user's list is written, by the options of `publish`: `linger` after the first event that is not
// answered yet; then every `max_age` while the user is active, and every `idle_max_age` after that.
// UserRanker keeps to it as far as it keeps up with its work, and UserWrites foretells it.
struct PublishPolicy {
  explicit PublishPolicy(const config::PublishOptions& options)
      : linger(options.linger),
        max_age(options.max_age),
        active_window(options.active_window),
        idle_max_age(std::max(options.idle_max_age, options.max_age)),
        idle_window(std::max(options.idle_window, options.active_window)) {}

  // Both in the stream's time.
  [[nodiscard]] bool is_active(Timestamp last_event, Timestamp now) const {
    return last_event >= now - active_window;
  }
  // Neither active nor idle: given up until the next event.
  [[nodiscard]] bool is_gone(Timestamp last_event, Timestamp now) const {
    return last_event < now - idle_window;
  }

  std::chrono::milliseconds linger;
  std::chrono::milliseconds max_age;
  std::chrono::milliseconds active_window;
  std::chrono::milliseconds idle_max_age;
  std::chrono::milliseconds idle_window;
};

// The moments at which one user's list is written, if everything is done when it is due and the stream's time
// never stands. Events in time order.
class UserWrites {
 public:
  // The last write up to and including `now`; nothing if there was none. Not to be asked about moments before
  // the latest event.
  [[nodiscard]] std::optional<Timestamp> last(const PublishPolicy& policy, Timestamp now) const {
    if (unanswered_ && *unanswered_ + policy.linger <= now) {
      return last_refresh(policy, *unanswered_ + policy.linger, now);
    }
    return made_;
  }
  void event(const PublishPolicy& policy, Timestamp at) {
    if (!unanswered_) {
      unanswered_ = at;
    } else if (*unanswered_ + policy.linger <= at) {
      made_ = last_refresh(policy, *unanswered_ + policy.linger, at);
      unanswered_ = at;
    }
    last_event_ = at;
  }

 private:
  // Of the lists made again after `made`.
  [[nodiscard]] Timestamp last_refresh(const PublishPolicy& policy, Timestamp made, Timestamp now) const {
    const Timestamp last_active =
        last_multiple(made, std::min(now, last_event_ + policy.active_window), policy.max_age);
    return last_multiple(last_active, std::min(now, last_event_ + policy.idle_window), policy.idle_max_age);
  }
  // first + k * step, no later than `until` unless that is before `first`.
  [[nodiscard]] static Timestamp last_multiple(Timestamp first, Timestamp until,
                                               std::chrono::milliseconds step) {
    return until <= first ? first : first + (until - first) / step * step;
  }

  std::optional<Timestamp> unanswered_;  // the oldest event that the list of made_ does not know
  std::optional<Timestamp> made_;
  Timestamp last_event_{};
};

}  // namespace sluice::pipeline

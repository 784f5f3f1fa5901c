#pragma once

#include <chrono>
#include <optional>

#include "config/options.h"

namespace sluice::pipeline {

// When a user's list is written, by the options of `publish`: `linger` after the first event that is not
// answered yet; then, while the user is active, every `max_age`. UserRanker keeps to it as far as it keeps up
// with its work, and UserWrites foretells it.
class PublishPolicy {
 public:
  explicit PublishPolicy(const config::PublishOptions& options)
      : linger_(options.linger), max_age_(options.max_age), active_window_(options.active_window) {}

  // Of any clock. A list is due that long after the oldest unanswered event, or after it was made.
  template <typename Time>
  [[nodiscard]] Time after_event(Time since) const {
    return since + linger_;
  }
  template <typename Time>
  [[nodiscard]] Time after_list(Time made) const {
    return made + max_age_;
  }
  // What was unanswered, or made, no later than this is due now.
  template <typename Time>
  [[nodiscard]] Time answered_before(Time now) const {
    return now - linger_;
  }
  template <typename Time>
  [[nodiscard]] Time made_before(Time now) const {
    return now - max_age_;
  }
  // Both in the stream's time: whether a list that got too old is made again.
  template <typename Time>
  [[nodiscard]] bool is_active(Time last_event, Time now) const {
    return last_event >= now - active_window_;
  }
  [[nodiscard]] std::chrono::milliseconds max_age() const { return max_age_; }
  [[nodiscard]] std::chrono::milliseconds active_window() const { return active_window_; }

 private:
  std::chrono::milliseconds linger_;
  std::chrono::milliseconds max_age_;
  std::chrono::milliseconds active_window_;
};

// The moments at which one user's list is written, if everything is done when it is due. Events in time
// order.
class UserWrites {
 public:
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;

  // The last write up to and including `now`; nothing if there was none. Not to be asked about moments before
  // the latest event.
  [[nodiscard]] std::optional<Time> last(const PublishPolicy& policy, Time now) const {
    if (unanswered_ && policy.after_event(*unanswered_) <= now) {
      return last_refresh(policy, policy.after_event(*unanswered_), now);
    }
    return made_;
  }
  void event(const PublishPolicy& policy, Time at) {
    if (!unanswered_) {
      unanswered_ = at;
    } else if (policy.after_event(*unanswered_) <= at) {
      made_ = last_refresh(policy, policy.after_event(*unanswered_), at);
      unanswered_ = at;
    }
    last_event_ = at;
  }

 private:
  // Of the lists made again every max_age after `made`.
  [[nodiscard]] Time last_refresh(const PublishPolicy& policy, Time made, Time now) const {
    const Time last_active = std::min(now, last_event_ + policy.active_window());
    if (last_active <= made) return made;
    return made + (last_active - made) / policy.max_age() * policy.max_age();
  }

  std::optional<Time> unanswered_;  // the oldest event that the list of made_ does not know
  std::optional<Time> made_;
  Time last_event_{};
};

}  // namespace sluice::pipeline

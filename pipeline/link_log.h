#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/repeat_limiter.h"

namespace sluice::pipeline {

// Decides what the log says about the link to another server: one line for each change of its state or of the
// reason, and none that was written less than a minute ago. A change that comes too soon is written later, if
// it is still true then: the last line always tells how things are. One thread.
class LinkLog {
 public:
  using Clock = RepeatLimiter::Clock;
  enum class Link : std::uint8_t {
    unknown,  // nothing was heard yet
    good,
    bad,
  };
  struct Line {
    bool good = false;
    std::string text;
  };

  explicit LinkLog(std::string name) : name_(std::move(name)) {}

  // The line to write now, if any. `reason`, for a bad link: a whole line, without what changes from look to
  // look.
  [[nodiscard]] std::optional<Line> see(Link link, const std::string& reason, Clock::time_point now);

 private:
  [[nodiscard]] std::string good_line(Clock::time_point now) const;

  std::string name_;
  RepeatLimiter limiter_;
  std::optional<std::string> written_;  // the bad link's reason, or empty for a good one
  std::optional<Clock::time_point> bad_since_;
};

}  // namespace sluice::pipeline

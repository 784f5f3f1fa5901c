#include "pipeline/link_log.h"

#include <string_view>

namespace sluice::pipeline {

std::optional<LinkLog::Line> LinkLog::see(Link link, const std::string& reason, Clock::time_point now) {
  if (link == Link::unknown) return std::nullopt;
  const bool good = link == Link::good;
  if (!good && !bad_since_) bad_since_ = now;
  const std::string state = good ? std::string() : reason;
  // The first connection and a return are different lines.
  const std::string_view kind = !good ? std::string_view(reason) : bad_since_ ? "back" : "connected";
  std::optional<Line> line;
  if (state != written_ && limiter_.admit(kind, now)) {
    written_ = state;
    line = Line{good, good ? good_line(now) : reason};
  }
  // Until the log has told that it is back, it was bad all the while.
  if (good && written_ == state) bad_since_.reset();
  return line;
}

std::string LinkLog::good_line(Clock::time_point now) const {
  if (!bad_since_) return name_ + " is connected";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *bad_since_).count();
  return name_ + " is back after " + std::to_string(seconds) + " s";
}

}  // namespace sluice::pipeline

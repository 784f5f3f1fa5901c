#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// Keeps a log readable while one thing goes wrong again and again: messages of one kind are let through once
// a minute. Thread-safe.
class RepeatLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kPause{1};

  // Nothing: a message of this kind was let through less than a minute ago. Else how many were not since that
  // one. `kind` is what alike messages have in common, without times or counts.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view kind, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = admitted_.find(kind);
    if (found != admitted_.end() && now - found->second.at < kPause) {
      ++found->second.held_back;
      return std::nullopt;
    }
    const std::uint64_t held_back = found == admitted_.end() ? 0 : found->second.held_back;
    if (admitted_.size() >= kMostKinds) {
      std::erase_if(admitted_, [&](const auto& known) { return now - known.second.at >= kPause; });
    }
    admitted_[std::string(kind)] = {now, 0};
    return held_back;
  }

 private:
  static constexpr std::size_t kMostKinds = 100;
  struct Admitted {
    Clock::time_point at;
    std::uint64_t held_back = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Admitted, std::less<>> admitted_;
};

// What `text` has in common with others of its kind: all before the first colon, as in "_TRANSPORT: ...".
[[nodiscard]] inline std::string_view kind_of_message(std::string_view text) {
  return text.substr(0, text.find(':'));
}

// The message as it is written, `held_back` of its kind not having been.
[[nodiscard]] inline std::string with_held_back(std::string_view text, std::uint64_t held_back) {
  if (held_back == 0) return std::string(text);
  return std::string(text) + " (and " + std::to_string(held_back) + " more of this kind before)";
}

}  // namespace sluice

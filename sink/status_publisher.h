#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/redis_link.h"

namespace sluice::sink {

// Field -> text of `<prefix>:status:<instance>`; the names are those of docs/redis.md.
using StatusFields = std::map<std::string, std::string>;

// The field's value is a word, even if it looks like a number, as the name of an instance may.
[[nodiscard]] constexpr bool is_word_field(std::string_view name) {
  constexpr std::array<std::string_view, 8> kWords = {
      "instance",       "version",          "state",           "kafka", "redis",
      "redis_function", "kafka_last_error", "redis_last_error"};
  return std::ranges::find(kWords, name) != kWords.end();
}

struct StatusCounters {
  std::uint64_t written = 0;   // acknowledged
  std::uint64_t failures = 0;  // tries that were not
  std::string last_error;      // without secrets
  RedisLink::Now link;         // how Redis takes the status
};

// Keeps `<prefix>:instances` and the status hash on a connection and thread of its own, so that a slow list
// pipeline does not make the instance look dead. The hash expires after 5 status intervals (at least 5 s)
// without set(), so that an instance that hangs looks dead too.
class StatusPublisher {
 public:
  StatusPublisher(const config::RedisOptions&, const config::PublishOptions&, std::string instance);
  ~StatusPublisher();  // stop(0ms, false)
  // Replaces the whole hash soon, at least with the newest fields given. Thread-safe, never blocks.
  void set(StatusFields fields);
  [[nodiscard]] StatusCounters counters() const;
  // Removes the hash and the name from the set if `goodbye`, then closes.
  void stop(std::chrono::milliseconds at_most, bool goodbye);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::sink

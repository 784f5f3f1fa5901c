#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sink/reader.h"

namespace sluice::test {

// Reads users' lists again and again, as a client would, and notes each whose version (its offset) goes back
// while its partition stays, unless the instance announces by `started_at_ms` that it has started, from a
// snapshot then, since the newer one was made.
class ListWatcher {
 public:
  // Users u0 .. u<users-1> of the Redis there; the instance is "a".
  ListWatcher(std::string redis_url, std::size_t users);
  ListWatcher(const ListWatcher&) = delete;
  ListWatcher& operator=(const ListWatcher&) = delete;
  ~ListWatcher() = default;

  // What went wrong so far, in words.
  [[nodiscard]] std::vector<std::string> violations() const;
  // Lists that were seen newer than before.
  [[nodiscard]] std::size_t advances() const;

 private:
  struct Seen {
    PartitionId partition{};
    Offset offset{};
    Timestamp made{};
  };

  void watch(const std::stop_token& stop);
  // False: the connection is of no use any more.
  [[nodiscard]] bool look(sink::Reader& reader, const std::string& user);
  // Whether the instance has started after that time; looks for a while, as its status may be late.
  [[nodiscard]] bool started_since(Timestamp time);
  void note(std::string violation);

  const std::string redis_url_;
  const std::size_t users_;
  std::map<std::string, Seen> seen_;
  mutable std::mutex mutex_;
  std::vector<std::string> violations_;
  std::size_t advances_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sluice::test

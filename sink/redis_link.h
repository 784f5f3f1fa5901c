#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "sink/redis_error.h"

namespace sluice::sink {

// How Redis is for one writer: whether it is there, and whether it takes what is written. The writer tells of
// its connections and replies; any thread may look.
class RedisLink {
 public:
  enum class State : std::uint8_t {
    unknown,    // nothing was tried yet
    connected,  // the latest reply to each kind of command was good
    refuses,    // it answers, but refuses the login or a kind of command (OOM, NOPERM, no such database, ...)
    away,       // no connection
  };
  struct Now {
    State state = State::unknown;
    std::chrono::system_clock::time_point since;
    RedisFailure why;  // of `refuses` and `away`
  };

  // The connection ended, or none could be made.
  void lost(const RedisFailure& failure);
  // A reply to a command of this kind, numbered as the writer likes, below 32. What was refused stays so,
  // over connections too, until a command of the same kind is accepted.
  void refused(unsigned kind, const RedisFailure& failure);
  void accepted(unsigned kind) {  // costs nothing while all is well
    if (!all_well_.load(std::memory_order_relaxed)) note_accepted(kind);
  }

  [[nodiscard]] Now now() const;

 private:
  void note_accepted(unsigned kind);
  void settle(State state, const RedisFailure& why);

  std::atomic<bool> all_well_{false};
  mutable std::mutex mutex_;
  std::map<unsigned, RedisFailure> refused_;  // kind -> the latest failure
  Now now_;
};

[[nodiscard]] std::string_view to_string(RedisLink::State state);

}  // namespace sluice::sink

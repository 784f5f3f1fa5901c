#include "sink/redis_link.h"

namespace sluice::sink {

void RedisLink::lost(const RedisFailure& failure) {
  const std::lock_guard lock(mutex_);
  const bool answered = failure.kind != RedisErrorKind::connection;
  settle(answered ? State::refuses : State::away, failure);
}

void RedisLink::refused(unsigned kind, const RedisFailure& failure) {
  const std::lock_guard lock(mutex_);
  refused_[kind] = failure;
  settle(State::refuses, refused_.begin()->second);
}

void RedisLink::note_accepted(unsigned kind) {
  const std::lock_guard lock(mutex_);
  refused_.erase(kind);
  if (refused_.empty()) return settle(State::connected, {});
  settle(State::refuses, refused_.begin()->second);
}

RedisLink::Now RedisLink::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void RedisLink::settle(State state, const RedisFailure& why) {
  if (state != now_.state) now_.since = std::chrono::system_clock::now();
  now_.state = state;
  now_.why = why;
  all_well_ = state == State::connected;
}

std::string_view to_string(RedisLink::State state) {
  switch (state) {
    case RedisLink::State::unknown:
      return "unknown";
    case RedisLink::State::connected:
      return "connected";
    case RedisLink::State::refuses:
      return "refuses";
    case RedisLink::State::away:
      return "away";
  }
  return "unknown";
}

}  // namespace sluice::sink

#include "sink/publish_state.h"

#include <utility>

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(value >> shift) & 15];
  return text;
}

}  // namespace

void PublishCounts::count(const RedisFailure& failure) {
  switch (failure.kind) {
    case RedisErrorKind::retry:
    case RedisErrorKind::connection:
      ++errors_retry;
      break;
    case RedisErrorKind::needs_help:
      ++errors_operator;
      break;
    case RedisErrorKind::ours:
      ++errors_ours;
      break;
  }
  const std::lock_guard lock(mutex_);
  if (last_error_ != failure.text) last_error_ = failure.text;
}

void PublishCounts::refuse_function(std::string why) {
  function_loaded = false;
  const std::lock_guard lock(mutex_);
  function_refusal_ = std::move(why);
}

PublishCounters PublishCounts::read() const {
  PublishCounters counters;
  counters.lists_written = lists_written;
  counters.lists_changed = lists_changed;
  counters.lists_kept = lists_kept;
  counters.users_erased = users_erased;
  counters.popular_written = popular_written;
  counters.live_written = live_written;
  const std::uint64_t connects = connections;
  counters.reconnects = connects > 0 ? connects - 1 : 0;
  counters.errors_retry = errors_retry;
  counters.errors_operator = errors_operator;
  counters.errors_ours = errors_ours;
  counters.data_losses = data_losses;
  counters.connected = connected;
  counters.function_loaded = function_loaded;
  counters.link = link.now();
  const std::lock_guard lock(mutex_);
  counters.last_error = last_error_;
  if (!counters.function_loaded) counters.function_refusal = function_refusal_;
  return counters;
}

PublishState::PublishState(const config::RedisOptions& redis_options,
                           const config::PublishOptions& publish_options, ListPublisher::Callbacks on,
                           std::uint64_t seed)
    : redis(redis_options),
      publish(publish_options),
      callbacks(std::move(on)),
      keys(redis_options.prefix),
      pending(publish_options.max_pending_lists),
      losses(hex(seed)),
      retry_backoff(50ms, 2s, seed),
      operator_backoff(500ms, 10s, seed + 1),
      connect_backoff(20ms, 2s, seed + 2),
      info(seed + 3),
      functions(seed + 4) {}

}  // namespace sluice::sink

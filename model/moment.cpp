#include "model/moment.h"

#include <algorithm>
#include <bit>

namespace sluice::model {

std::uint32_t history_part(std::uint64_t events) {
  return std::min<std::uint32_t>(static_cast<std::uint32_t>(std::bit_width(events)), kHistoryBuckets - 1);
}

namespace {
std::uint32_t context_at(std::uint32_t history, std::uint32_t pause_seconds) {
  if (history == 0) return 0;
  const std::uint32_t pause = pause_seconds < 1'800 ? 0 : (pause_seconds < 86'400 ? 1 : 2);
  return 1 + (history - 1) * kPauseBuckets + pause;
}
}  // namespace

std::uint32_t context_of(std::uint64_t events, std::uint32_t pause_seconds) {
  return context_at(history_part(events), pause_seconds);
}

std::uint32_t context_of_part(std::uint32_t history, Timestamp last_take, Timestamp now) {
  const std::uint32_t seconds = to_seconds(now);
  const std::uint32_t last = to_seconds(last_take);
  return context_at(std::min(history, kHistoryBuckets - 1), seconds > last ? seconds - last : 0);
}

Moment moment_of(const User* user, Timestamp now) {
  Moment moment;
  moment.now = now;
  moment.now_seconds = to_seconds(now);
  if (user == nullptr) return moment;
  moment.user = user;
  moment.history = user->history;
  const std::uint32_t last = user->history.empty() ? 0 : user->history.back().seconds;
  const std::uint32_t pause = moment.now_seconds > last ? moment.now_seconds - last : 0;
  moment.context = context_of(user->history.size(), pause);
  return moment;
}

Moment without_newest_step(Moment moment) {
  std::size_t size = moment.history.size();
  while (size > 0 && moment.history[size - 1].seconds == moment.now_seconds) --size;
  moment.history = moment.history.first(size);
  return moment;
}

RecentSteps recent_steps(std::span<const HistoryEntry> history, std::uint32_t steps) {
  RecentSteps recent;
  std::uint32_t age = 0;
  for (std::size_t i = history.size(); i-- > 0 && recent.size < kMaxSteps;) {
    if (i + 1 < history.size() && history[i].seconds != history[i + 1].seconds && ++age >= steps) break;
    recent.entries[recent.size++] = {history[i].item, age};
  }
  return recent;
}

}  // namespace sluice::model

#include "model/moment.h"

#include <algorithm>
#include <bit>

namespace sluice::model {

std::uint32_t context_of(std::uint64_t events, std::uint32_t pause_seconds) {
  if (events == 0) return 0;
  const auto length =
      std::min<std::uint32_t>(static_cast<std::uint32_t>(std::bit_width(events)), kHistoryBuckets - 1);
  const std::uint32_t pause = pause_seconds < 1'800 ? 0 : (pause_seconds < 86'400 ? 1 : 2);
  return 1 + (length - 1) * kPauseBuckets + pause;
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

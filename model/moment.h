#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/types.h"
#include "model/user_table.h"

namespace sluice::model {

// The moment at which one user's candidates are scored: what is known of the user before the events of that
// very timestamp. Views into the user's state.
struct Moment {
  const User* user = nullptr;             // nullptr: a user of whom nothing is known
  std::span<const HistoryEntry> history;  // oldest first, all before `now`
  Timestamp now{};
  std::uint32_t now_seconds = 0;
  std::uint32_t context = 0;  // of the blend's weights, see context_of()
};

// A context says how much is known of a user (events so far) and how long the pause was. The blend keeps own
// weights for each.
inline constexpr std::uint32_t kHistoryBuckets = 6;  // 0, 1, 2-3, 4-7, 8-15, 16 and more events
inline constexpr std::uint32_t kPauseBuckets = 3;    // below 30 minutes, below a day, longer
inline constexpr std::uint32_t kContexts = 1 + (kHistoryBuckets - 1) * kPauseBuckets;

// The context's history part: an index of the buckets.
[[nodiscard]] std::uint32_t history_part(std::uint64_t events);
[[nodiscard]] std::uint32_t context_of(std::uint64_t events, std::uint32_t pause_seconds);
// The same from a document's parts.
[[nodiscard]] std::uint32_t context_of_part(std::uint32_t history, Timestamp last_take, Timestamp now);
[[nodiscard]] Moment moment_of(const User* user, Timestamp now);

// The same moment before the newest step of the history: for further lines of a group that was cut.
[[nodiscard]] Moment without_newest_step(Moment moment);

// The last steps of a history: entries of one timestamp are one step (a basket), newest step first.
struct Step {
  ItemId item;
  std::uint32_t age;  // 0: the newest step
};
inline constexpr std::size_t kMaxSteps = 40;
struct RecentSteps {
  std::array<Step, kMaxSteps> entries;
  std::size_t size = 0;
  [[nodiscard]] std::span<const Step> span() const& { return {entries.data(), size}; }
  std::span<const Step> span() && = delete;  // for (step : recent_steps(..).span()) would walk what is gone
};
// At most `steps` steps and kMaxSteps entries.
[[nodiscard]] RecentSteps recent_steps(std::span<const HistoryEntry> history, std::uint32_t steps);

}  // namespace sluice::model

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/types.h"

namespace sluice::model {

inline constexpr std::uint32_t kNoGuess = ~std::uint32_t{0};

// One event of a group.
struct Line {
  std::string_view item;
  float weight = 1;  // signed, not 0
  float value = 0;
  Offset offset{};                     // seeds the random draws, with the partition
  std::uint32_t row_guess = kNoGuess;  // where the item most likely is: saves a search
};

// All events of one user at one timestamp: what is learned of one must not help to predict another.
struct Group {
  PartitionId partition{};
  std::string_view user;
  Timestamp time;
  std::span<const Line> lines;         // not empty
  std::uint32_t row_guess = kNoGuess;  // where the user most likely is
};

// Handle of a user in its shard. Valid until the partition is dropped, but it may come to name another user
// after an eviction or an erasure: good for "rank whoever this is".
struct UserRef {
  PartitionId partition{};
  std::uint32_t row = 0;
};

struct RankedEntry {
  static constexpr std::uint8_t kNoColumn = 255;
  std::string_view item;  // valid until the next boundary
  float score = 0;
  std::array<std::uint8_t, 3> why{kNoColumn, kNoColumn,
                                  kNoColumn};  // columns that speak for it, strongest first
  float common = 0;  // the part of the score that is the same for all users of the context
};

// What a reader needs to bring a list up to date with live lists.
struct LiveHandle {
  bool split = false;                  // entries have their parts; else nothing else here counts
  std::uint32_t history = 0;           // the context's history part, see context_of()
  Timestamp last_take{};               // for the context's other part, the pause
  float base = 0;                      // the personal part of an item of which nothing personal is known
  std::vector<RankedEntry> kept;       // further entries behind the list, without `why`
  std::vector<std::string_view> seen;  // items that must not come back: those likeliest to; bounded
};

struct RankedList {
  std::string_view user;  // empty: the list of a user of whom nothing is known
  std::vector<RankedEntry> entries;
  Offset offset{};
  Timestamp event_time{};
  LiveHandle live;  // `kept` and `seen` are empty where no entries were to be kept
};

// The items with the greatest common part in one context, greatest first.
struct LiveRanking {
  struct Entry {
    std::string_view item;  // valid until the next boundary
    float common = 0;
  };
  std::vector<Entry> entries;
};

// What the model counts of itself.
struct Stats {
  std::uint64_t users = 0;
  std::uint64_t items = 0;
  std::uint64_t events = 0;    // learned since the model began
  std::uint64_t bytes = 0;     // of state, estimated by structure
  std::uint64_t untaught = 0;  // events that stood above their user's allowance, since the process began
  std::uint64_t evicted_users = 0;
  std::uint64_t evicted_items = 0;
  std::uint64_t restarted_factors = 0;  // users taken over from another instance
  std::uint64_t moved_users = 0;        // found in another partition after partitions were added
  Epoch epoch{};
};

}  // namespace sluice::model

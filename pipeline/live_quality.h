#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/model.h"
#include "pipeline/counters.h"

namespace sluice::pipeline {

// The first ten items of a list, hashed.
using TopTen = std::array<std::uint64_t, 10>;
[[nodiscard]] TopTen top_ten(std::span<const model::RankedEntry> entries);

// Prequential quality of what readers really saw: before an event of a sampled user (one in 16, by hash) is
// learned, was its item among the first ten of the list that had been published for him, and of the popular
// list? A user without a list is shown the popular one. One for each shard; not thread-safe.
class LiveQuality {
 public:
  static constexpr std::size_t kMaxUsers = 100'000;

  explicit LiveQuality(ShardCounters& counters) : counters_(counters) {}

  [[nodiscard]] static bool sampled(std::string_view user);
  // For sampled users: their list is this from now on.
  void published(std::string_view user, std::span<const model::RankedEntry> entries);
  void forget(std::string_view user);
  // For groups of sampled users, before they are learned. `known`: the model knows the user, so Redis holds a
  // list of his; if that was published before this process started, it cannot be scored.
  void score(const model::Group& group, bool known, const TopTen& popular);

 private:
  ShardCounters& counters_;
  absl::flat_hash_map<std::uint64_t, TopTen> lists_;  // by the user's hash
};

}  // namespace sluice::pipeline

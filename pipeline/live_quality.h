#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/live_document.h"
#include "model/model.h"
#include "pipeline/counters.h"

namespace sluice::pipeline {

// What is published for everybody.
struct CommonLists {
  model::LiveDocument popular;
  model::LiveLists live;
};

// Prequential quality of what readers really saw: before an event of a sampled user (one in 16, by hash, or
// fewer where there are very many) is learned, was its item among the first ten of the list that had been
// published for him, merged with the live list; of that list alone; of the popular list; and, for as many as
// there is time for, of a list made at the moment of the event? A user without a list is shown the popular
// one. One for each shard; not thread-safe.
class LiveQuality {
 public:
  // Lists that are kept at most. Where there would be more, users go of whom none came lately; if that is not
  // enough, every second user leaves the sample. It grows again when there is room.
  static constexpr std::size_t kMaxUsers = 50'000;

  explicit LiveQuality(ShardCounters& counters) : counters_(counters) {}

  [[nodiscard]] bool sampled(std::string_view user) const;
  // For sampled users: their list is this from now on.
  void published(std::string_view user, model::LiveDocument&& document);
  void forget(std::string_view user);
  [[nodiscard]] std::size_t users() const { return lists_.size(); }
  // For groups of sampled users, before they are learned. `known`: the model knows the user, so Redis holds a
  // list of his; if that was published before this process started, it cannot be scored. `requested`: the
  // first ten of a list made now; empty: none was made.
  void score(const model::Group& group, bool known, const CommonLists& common,
             std::span<const model::RankedEntry> requested);

 private:
  static constexpr int kFewest = 4;  // bits of a hash that are 0 in the largest sample

  struct Published {
    model::LiveDocument document;
    std::uint64_t round = 0;  // when it was published
  };
  [[nodiscard]] bool in_sample(std::uint64_t hash) const;
  void make_room();

  ShardCounters& counters_;
  absl::flat_hash_map<std::uint64_t, Published> lists_;  // by the user's hash
  int zero_bits_ = kFewest;                              // of the hash of each user in the sample
  std::uint64_t round_ = 0;                              // raised whenever room is made
};

}  // namespace sluice::pipeline

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/live_merge.h"
#include "model/moment.h"
#include "model/types.h"

namespace sluice::model {

// The parts of an entry's score as they are published.
[[nodiscard]] double own_part(const RankedEntry& entry);
[[nodiscard]] double common_part(const RankedEntry& entry);

// A user's document as it was published, items by the hash of their names (item_index.h) instead of the
// names.
struct LiveDocument {
  std::vector<KeptEntry<std::uint64_t>> entries;  // the list, then what was kept behind it
  std::size_t shown = 0;                          // entries of the list
  bool mergeable = false;                         // else the list alone is what readers see
  double base = 0;
  std::uint32_t history = 0;
  Timestamp last_take{};
  std::string seen;  // codes of seen_code.h

  explicit LiveDocument(const RankedList& ranked);
  LiveDocument() = default;
};

// The live lists of all contexts at one moment.
class LiveLists {
 public:
  LiveLists() = default;
  explicit LiveLists(const std::array<LiveRanking, kContexts>& rankings);

  // The document's n best items for a reader of that moment.
  [[nodiscard]] std::vector<std::uint64_t> merged(const LiveDocument& document, Timestamp now,
                                                  std::size_t n) const;

 private:
  struct Context {
    std::vector<LiveEntry<std::uint64_t>> entries;
    std::vector<std::uint32_t> codes;  // of the entries
  };
  std::array<Context, kContexts> contexts_;
};

}  // namespace sluice::model

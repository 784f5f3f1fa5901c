#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/live_merge.h"
#include "common/types.h"
#include "sink/list.h"
#include "sink/result.h"

// What moves now, for all users of one context: <prefix>:live:<context>. Always JSON:
//
//   {"v":1,"context":7,"items":[["i9",2.1034],["i4",1.9]],"epoch":7,"event_ms":1718000000123,
//    "made_ms":1718000000456}
//
// without the spaces and the line end. Greatest common part first.
namespace sluice::sink {

struct LiveList {
  std::uint32_t context = 0;
  std::vector<LiveEntry<std::string>> items;
  Epoch epoch{};
  Timestamp event_time{};  // of the stream
  Timestamp made{};        // wall clock
};

void append_live_list(std::string& out, const LiveList& list);
// The error names the field and what is wrong with it.
[[nodiscard]] Result<LiveList, std::string> parse_live_list(std::string_view document);

// The entries of a document merged with a live list, all of them, best first. Those of `shown` keep their
// `why`; those that are only live have "live".
[[nodiscard]] std::vector<ListEntry> merge_live(const std::vector<ListEntry>& shown, const LiveParts& parts,
                                                std::span<const LiveEntry<std::string>> live);

// The context of a user at a moment, from the document's history part and the time of the user's last take:
// 0 without a past, else 1 + 3 * (history - 1) + 0, 1 or 2: a pause below half an hour, below a day, longer.
[[nodiscard]] std::uint32_t live_context(std::uint32_t history, Timestamp last_take, Timestamp now);
inline constexpr std::uint32_t kLiveContexts = 16;

}  // namespace sluice::sink

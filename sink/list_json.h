#pragma once

#include <string>
#include <string_view>

#include "sink/list.h"
#include "sink/result.h"

// The list document that readers see:
//
//   {"v":1,"user":"u","items":[{"id":"i","score":1.23,"why":["covisit"]}],
//    "epoch":7,"partition":0,"offset":99,"event_ms":1718000000123,"made_ms":1718000000456}
//
// and, for readers who merge it with a live list (see live_list.h), "own" and "common" in each item and
//
//    "base":0.12,"history":3,"last_ms":1718000000123,"kept":[["i7",0.5,1.25]],"seen":"aB3"
//
// without the spaces and the line end. The popular list has user "". Readers ignore fields they do not know;
// `v` changes only when a field changes its meaning.
namespace sluice::sink {

inline constexpr int kListVersion = 1;

// Appends the document. Scores are the shortest decimal that reads back as the same float; a score that is
// not finite would be no JSON and is written as 0 (asserted: ranking lets none through). record_time is not
// part of it.
void append_list_json(std::string& out, const List& list);

// The error names the field and what is wrong with it.
[[nodiscard]] Result<List, std::string> parse_list_json(std::string_view document);

}  // namespace sluice::sink

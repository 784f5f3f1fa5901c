#pragma once

#include <string>
#include <string_view>

#include "sink/list.h"
#include "sink/result.h"

// The compact list document (publish.format = compact), little endian, without padding:
//
//    0  2  "SL"
//    2  1  version, 1
//    3  1  S, number of signal names
//    4  4  partition, i32
//    8  8  epoch, u64
//   16  8  offset, i64
//   24  8  event_ms, i64
//   32  8  made_ms, i64
//   40  2  U, bytes of the user id, u16
//   42  2  N, number of entries, u16
//   44  U  user id
//       S  names:   u8 length, bytes
//       N  entries: f32 score, u8 W, u16 L, W x u8 index into the names (strongest first), L bytes of item id
//   then, for readers who merge the list with a live list; parts of scores are i32, in units of 0.0001:
//    0  8  last_ms, i64
//    8  4  base
//   12  1  history, u8
//   13  2  K, number of kept entries, u16
//   15  2  B, bytes of the seen codes, u16
//       N  of the entries: own, common
//       K  kept entries: own, common, u16 L, L bytes of item id
//       B  seen codes
//
// An entry costs 7 bytes, one for each signal, and its id. A JSON document begins with '{', so readers can
// tell the two apart.
namespace sluice::sink {

// Appends the document. Ids are shorter than 64 KiB and a list has fewer than 65,536 entries and at most 255
// signal names (asserted; the configuration bounds them far lower). Like JSON, it does not carry record_time,
// and a score that is not finite is written as 0.
void append_list_compact(std::string& out, const List& list);

[[nodiscard]] Result<List, std::string> parse_list_compact(std::string_view document);

// Either form.
[[nodiscard]] Result<List, std::string> parse_list(std::string_view document);

}  // namespace sluice::sink

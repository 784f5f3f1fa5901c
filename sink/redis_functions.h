#pragma once

#include <string>
#include <string_view>

namespace sluice::sink {

// The Redis function library (Redis 7) for keys of that prefix. It reads and merges lists inside the server:
//   FCALL_RO <name>_top 1 <prefix>:user:<id> [n]
// and takes items out of a list, see leave_out_function.lua:
//   FCALL <name>_leave_out 1 <prefix>:user:<id> n raw quoted [raw quoted ...]
// <name> is the prefix. Names have letters, digits and _ only: in a prefix with anything else that is
// replaced by _, and _ and the prefix's hash (FNV-1a, 32 bits, eight hexadecimal digits) are behind it, so
// that rec-a and rec_a do not share their functions.
[[nodiscard]] std::string top_function_name(std::string_view prefix);
[[nodiscard]] std::string leave_out_function_name(std::string_view prefix);
// What FUNCTION LOAD takes.
[[nodiscard]] std::string function_library(std::string_view prefix);

}  // namespace sluice::sink

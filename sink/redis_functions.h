#pragma once

#include <string>
#include <string_view>

namespace sluice::sink {

// The Redis function library (Redis 7) for keys of that prefix. It reads and merges lists inside the server:
//   FCALL_RO <name>_top 1 <prefix>:user:<id> [n]
// and takes items out of a list, see leave_out_function.lua:
//   FCALL <name>_leave_out 1 <prefix>:user:<id> n raw quoted [raw quoted ...]
// In the name everything but letters, digits and _ of the prefix is replaced by _.
[[nodiscard]] std::string top_function_name(std::string_view prefix);
[[nodiscard]] std::string leave_out_function_name(std::string_view prefix);
// What FUNCTION LOAD takes.
[[nodiscard]] std::string function_library(std::string_view prefix);

}  // namespace sluice::sink

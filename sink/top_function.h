#pragma once

#include <string>
#include <string_view>

namespace sluice::sink {

// The Redis function library (Redis 7) that reads and merges lists inside the server, for keys of that
// prefix: FCALL_RO <name>_top 1 <prefix>:user:<id> [n]. In the name everything but letters, digits and _ of
// the prefix is replaced by _.
[[nodiscard]] std::string top_function_name(std::string_view prefix);
// What FUNCTION LOAD takes.
[[nodiscard]] std::string top_function_library(std::string_view prefix);

}  // namespace sluice::sink

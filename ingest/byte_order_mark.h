#pragma once

#include <string_view>

namespace sluice::ingest {

// What some editors put before UTF-8 text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace sluice::ingest

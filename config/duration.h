#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

// A whole number and a unit, nothing between: ms, s, m, h or d ("250ms", "90s", "5m", "12h", "30d").
// Nothing if the text has another shape or does not fit into milliseconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The same in the largest unit that divides it: 90'000 ms is "90s", 120'000 ms is "2m". For durations >= 0.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace sluice::config

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Small pieces of text that several commands print.
namespace sluice::cli {

// Text that a terminal shows and does not obey: control characters but tabs and line ends as \u001b (which
// JSON reads as what they were), and bytes that are no UTF-8 as U+FFFD.
[[nodiscard]] std::string without_controls(std::string_view text);

// The same, and tab, LF, CR and backslash as \t, \n, \r and \\, so that a field cannot break its line.
[[nodiscard]] std::string escape_field(std::string_view text);

// "2024-06-10 06:13:20 UTC" of milliseconds since the epoch.
[[nodiscard]] std::string utc_text(std::int64_t unix_ms);

// "850 ms", "12 s", "5 min", "3 h", "40 d": two or three digits are enough to judge an age.
[[nodiscard]] std::string age_text(std::chrono::milliseconds age);

// "1,234,567"
[[nodiscard]] std::string count_text(std::uint64_t count);

// "12.3 MiB"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

// Columns of equal width, two spaces between, the first row being the header. Cells count in code points.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace sluice::cli

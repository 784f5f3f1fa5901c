#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace sluice::sink {

// Appends `text` as a JSON string with its quotes. Control characters, quotes and backslashes are escaped;
// what is not valid UTF-8 becomes U+FFFD, so that the document stays valid whatever an id holds.
void append_json_string(std::string& out, std::string_view text);

// Appends a finite number in a short form that reads back as the same one.
template <typename T>
void append_json_number(std::string& out, T value) {
  std::array<char, 32> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}
// Quick for what round_part() gives: four decimals, of which a list of 20 entries has 72.
void append_json_number(std::string& out, double value);

}  // namespace sluice::sink

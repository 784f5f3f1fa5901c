#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice {

// The number that the whole text is, in decimal; nothing else before, behind or within.
template <typename Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, number);
  if (error != std::errc{} || end != text_end) return std::nullopt;
  return number;
}

}  // namespace sluice

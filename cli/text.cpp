#include "cli/text.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <optional>

namespace sluice::cli {
namespace {

// Code points, which is near enough to columns for ids and titles.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

// Bytes of the UTF-8 character (RFC 3629) with which the text begins; 0: it begins with none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond =
      (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);  // surrogates; the end
  return overlong || beyond ? 0 : size;
}

// Of U+0000 to U+001F but tab and line end, U+007F, and U+0080 to U+009F.
std::optional<unsigned> control_code(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (first == '\t' || first == '\n') return {};
  if (first < 0x20 || first == 0x7F) return first;
  if (first != 0xC2) return {};
  const auto second = static_cast<unsigned char>(character.back());
  return second < 0xA0 ? std::optional<unsigned>(second) : std::nullopt;
}

}  // namespace

std::string without_controls(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, size));
    text.remove_prefix(character.size());
    if (size == 0) {
      clean += "\uFFFD";
    } else if (const auto control = control_code(character)) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", *control);
      clean += escaped;
    } else {
      clean += character;
    }
  }
  return clean;
}

std::string escape_field(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\t':
        escaped += "\\t";
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\\':
        escaped += "\\\\";
        break;
      default:
        escaped += c;
    }
  }
  return without_controls(escaped);
}

std::string utc_text(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(unix_ms) + " ms";
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text, size};
}

std::string age_text(std::chrono::milliseconds age) {
  struct Unit {
    std::int64_t ms;
    std::int64_t from;  // the least age that is told in this unit
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400'000, 172'800'000, " d"},
                             {3'600'000, 7'200'000, " h"},
                             {60'000, 120'000, " min"},
                             {1'000, 10'000, " s"}};
  for (const Unit& unit : kUnits) {
    if (age.count() >= unit.from) return std::to_string(age.count() / unit.ms) + unit.name;
  }
  return std::to_string(age.count()) + " ms";
}

std::string count_text(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  char text[40];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
  return text;
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

}  // namespace sluice::cli

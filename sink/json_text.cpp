#include "sink/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "common/live_merge.h"

namespace sluice::sink {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

// The same of eight bytes at once. A carry between bytes can only come from one that is not plain.
bool are_plain(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = 0x80 * kOnes;
  const std::uint64_t control = bytes - 0x20 * kOnes;
  const std::uint64_t quote = (bytes ^ ('"' * kOnes)) - kOnes;
  const std::uint64_t backslash = (bytes ^ ('\\' * kOnes)) - kOnes;
  return ((bytes | control | quote | backslash) & kHighBits) == 0;
}

// Bytes at the front that stand for themselves.
std::size_t plain_bytes(std::string_view text) {
  std::size_t count = 0;
  for (std::uint64_t word = 0; count + sizeof word <= text.size(); count += sizeof word) {
    std::memcpy(&word, text.data() + count, sizeof word);
    if (!are_plain(word)) break;
  }
  while (count < text.size() && is_plain(static_cast<unsigned char>(text[count]))) ++count;
  return count;
}

// Bytes of the well-formed UTF-8 sequence at the front of `text` (RFC 3629: no overlong forms, no surrogates,
// at most U+10FFFF); 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i, unsigned char low, unsigned char high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned char first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

// Appends units / kPartsPerUnit.
void append_decimals(std::string& out, std::int64_t units) {
  std::array<char, 32> text{};
  char* end = text.data();
  if (units < 0) *end++ = '-';
  const auto magnitude = static_cast<std::uint64_t>(std::abs(units));
  end = std::to_chars(end, text.data() + text.size(), magnitude / kPartsPerUnit).ptr;
  auto rest = static_cast<std::uint32_t>(magnitude % kPartsPerUnit);
  if (rest != 0) *end++ = '.';
  for (std::uint32_t unit = kPartsPerUnit / 10; rest != 0; unit /= 10) {
    *end++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  out.append(text.data(), end);
}

}  // namespace

void append_json_number(std::string& out, double value) {
  constexpr double kUnits = kPartsPerUnit;
  constexpr double kLargest = 1e9;
  if (std::abs(value) < kLargest) {
    const auto units = static_cast<std::int64_t>(value * kUnits + std::copysign(0.5, value));
    if (static_cast<double>(units) / kUnits == value) return append_decimals(out, units);
  }
  append_json_number<double>(out, value);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_bytes(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t used = 1;
    if (c < 0x80) {
      append_escape(out, c);
    } else if (const std::size_t length = utf8_length(text); length > 0) {
      out.append(text.substr(0, length));
      used = length;
    } else {
      out.append(kReplacement);
    }
    text.remove_prefix(used);
  }
  out += '"';
}

}  // namespace sluice::sink

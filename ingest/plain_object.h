#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::ingest {

// Reads the JSON that most records are: one flat object whose keys and strings are ASCII without escapes. It
// says yes only to what a strict parser accepts too, and leaves everything else, the malformed included, to
// one. The text must be followed by eight zero bytes that are not part of it.
class PlainObjectReader {
 public:
  enum class Value : std::uint8_t { text, number, boolean, null };

  explicit PlainObjectReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  // Calls on_member(key, kind, bytes) for each member: text without its quotes, else as written. False: not
  // plain, and what was told so far counts for nothing.
  template <typename OnMember>
  [[nodiscard]] bool read(OnMember on_member) {
    skip_space();
    if (!skip('{')) return false;
    do {
      std::string_view key;
      std::string_view bytes;
      Value kind{};
      skip_space();
      if (!read_string(key)) return false;
      skip_space();
      if (!skip(':')) return false;
      skip_space();
      if (!read_value(kind, bytes)) return false;
      on_member(key, kind, bytes);
      skip_space();
    } while (skip(','));
    if (!skip('}')) return false;
    skip_space();
    return at_ == end_;
  }

 private:
  bool skip(char c) {
    if (*at_ != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }
  // All scans end at the zero byte at the latest, so none of them asks for the end.
  bool read_string(std::string_view& text) {
    if (!skip('"')) return false;
    const char* const first = at_;
    while (true) {
      const std::uint64_t stops = special_bytes(at_);
      if (stops != 0) {
        at_ += std::countr_zero(stops) / 8;
        break;
      }
      at_ += sizeof stops;
    }
    text = {first, static_cast<std::size_t>(at_ - first)};
    return skip('"');
  }
  // The high bit of each of eight bytes that is a quote, a backslash, a control character or no ASCII; above
  // the lowest of them other bits may be set too. Reads up to seven bytes beyond the zero byte.
  static std::uint64_t special_bytes(const char* at) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighBits = 0x80 * kOnes;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    const std::uint64_t control = bytes - 0x20 * kOnes;
    const std::uint64_t quote = (bytes ^ ('"' * kOnes)) - kOnes;
    const std::uint64_t backslash = (bytes ^ ('\\' * kOnes)) - kOnes;
    return (bytes | control | quote | backslash) & kHighBits;
  }
  bool read_value(Value& kind, std::string_view& bytes) {
    const char* const first = at_;
    switch (*at_) {
      case '"':
        kind = Value::text;
        return read_string(bytes);
      case 't':
        kind = Value::boolean;
        return read_word("true", bytes);
      case 'f':
        kind = Value::boolean;
        return read_word("false", bytes);
      case 'n':
        kind = Value::null;
        return read_word("null", bytes);
      default:
        kind = Value::number;
        if (!skip_number()) return false;
        bytes = {first, static_cast<std::size_t>(at_ - first)};
        return true;
    }
  }
  bool read_word(std::string_view word, std::string_view& bytes) {
    bytes = {at_, word.size()};
    if (std::strncmp(at_, word.data(), word.size()) != 0) return false;
    at_ += word.size();
    return true;
  }
  // RFC 8259, section 6.
  bool skip_number() {
    skip('-');
    if (!skip('0') && !skip_digits()) return false;
    if (skip('.') && !skip_digits()) return false;
    if (*at_ != 'e' && *at_ != 'E') return true;
    ++at_;
    if (!skip('+')) skip('-');
    return skip_digits();
  }
  bool skip_digits() {
    const char* const first = at_;
    while (*at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first;
  }

  const char* at_;
  const char* end_;
};

}  // namespace sluice::ingest

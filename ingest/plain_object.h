#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::ingest {

// A member's key as most writers put it, `"name":`, to be compared with a document at once. Only names of up
// to 13 ASCII characters without escapes can be told so.
class PlainKey {
 public:
  explicit PlainKey(std::string_view name) {
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    if (name.size() + 3 > kMost || !std::all_of(name.begin(), name.end(), plain)) return;
    const std::string key = '"' + std::string(name) + "\":";
    std::memcpy(text_.data(), key.data(), key.size());
    std::memset(mask_.data(), 0xFF, key.size());
    size_ = key.size();
  }

  // Characters of this key at `at`, where kMost can be read, or 0: something else.
  [[nodiscard]] std::size_t match(const char* at) const {
    std::array<std::uint64_t, 2> there{};
    std::memcpy(there.data(), at, kMost);
    const std::uint64_t different = ((there[0] ^ text_[0]) & mask_[0]) | ((there[1] ^ text_[1]) & mask_[1]);
    return different == 0 ? size_ : 0;
  }

 private:
  static constexpr std::size_t kMost = 16;
  std::array<std::uint64_t, 2> text_{};
  std::array<std::uint64_t, 2> mask_{};
  std::size_t size_ = 0;
};

// Reads the JSON that most records are: one flat object whose keys and strings are ASCII without escapes. It
// says yes only to what a strict parser accepts too, and leaves everything else, the malformed included, to
// one. The text must be followed by sixteen zero bytes that are not part of it.
class PlainObjectReader {
 public:
  enum class Value : std::uint8_t { text, number, boolean, null };

  explicit PlainObjectReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  // Calls expected() before each member, for the key that is likely next or nullptr, and after it
  // on_member(key, kind, bytes): text without its quotes, else as written; without a key where it is the
  // expected one. False: not plain, and what was told so far counts for nothing.
  template <typename Expected, typename OnMember>
  [[nodiscard]] bool read(Expected expected, OnMember on_member) {
    skip_space();
    if (!skip('{')) return false;
    do {
      std::optional<std::string_view> key;
      std::string_view bytes;
      Value kind{};
      skip_space();
      const PlainKey* const next = expected();
      const std::size_t matched = next == nullptr ? 0 : next->match(at_);
      at_ += matched;
      if (matched == 0 && !read_key(key.emplace())) return false;
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
  static constexpr std::uint64_t kOnes = 0x0101010101010101;
  static constexpr std::uint64_t kHighBits = 0x80 * kOnes;

  bool skip(char c) {
    if (*at_ != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }
  bool read_key(std::string_view& key) {
    if (!read_string(key)) return false;
    skip_space();
    return skip(':');
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
    while (true) {
      const std::uint64_t stops = other_than_digits(at_);
      if (stops != 0) {
        at_ += std::countr_zero(stops) / 8;
        return at_ != first;
      }
      at_ += sizeof stops;
    }
  }
  // The same of each of eight bytes that is no digit.
  static std::uint64_t other_than_digits(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    const std::uint64_t values = bytes ^ '0' * kOnes;
    return (values | (values + (0x80 - 10) * kOnes)) & kHighBits;
  }

  const char* at_;
  const char* end_;
};

}  // namespace sluice::ingest

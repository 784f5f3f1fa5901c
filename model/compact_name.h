#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::model {

// An id's text in 16 bytes, or beside them where it is longer than 15. Not thread-safe.
class CompactName {
 public:
  CompactName() = default;
  explicit CompactName(std::string_view text) { take(text); }
  CompactName(CompactName&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  CompactName& operator=(CompactName&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  CompactName& operator=(std::string_view text) { return *this = CompactName(text); }
  void assign(std::string_view text) { *this = text; }
  ~CompactName() {
    if (apart()) delete[] heap().text;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): it is read as a text everywhere
  operator std::string_view() const {
    if (apart()) return {heap().text, heap().size};
    return {bytes_.data(), static_cast<unsigned char>(bytes_.back())};
  }
  // Without a call where the text is short.
  [[nodiscard]] bool is(std::string_view text) const {
    if (text.size() > kInside || apart()) return std::string_view(*this) == text;
    if (static_cast<unsigned char>(bytes_.back()) != text.size()) return false;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (text.size() >= kWord) {
      const std::size_t last = text.size() - kWord;
      return word_at(bytes_.data()) == word_at(text.data()) &&
             word_at(bytes_.data() + last) == word_at(text.data() + last);
    }
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (bytes_[k] != text[k]) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t size() const { return std::string_view(*this).size(); }
  [[nodiscard]] bool empty() const { return bytes_.back() == 0; }
  // What it takes beside itself.
  [[nodiscard]] std::uint64_t heap_bytes() const { return apart() ? heap().size : 0; }

 private:
  static constexpr std::size_t kInside = 15;
  static constexpr char kApart = kInside + 1;
  struct Heap {
    char* text;
    std::uint32_t size;
  };

  [[nodiscard]] bool apart() const { return bytes_.back() == kApart; }
  [[nodiscard]] Heap heap() const {
    Heap heap{};
    std::memcpy(&heap.text, bytes_.data(), sizeof heap.text);
    std::memcpy(&heap.size, bytes_.data() + sizeof heap.text, sizeof heap.size);
    return heap;
  }
  static std::uint64_t word_at(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
  }
  void take(std::string_view text) {
    if (text.size() <= kInside) {
      if (!text.empty()) std::memcpy(bytes_.data(), text.data(), text.size());
      bytes_.back() = static_cast<char>(text.size());
      return;
    }
    char* const copy = new char[text.size()];
    std::memcpy(copy, text.data(), text.size());
    const auto size = static_cast<std::uint32_t>(text.size());
    std::memcpy(bytes_.data(), &copy, sizeof copy);
    std::memcpy(bytes_.data() + sizeof copy, &size, sizeof size);
    bytes_.back() = kApart;
  }

  alignas(void*) std::array<char, kInside + 1> bytes_{};  // text, or Heap; last: length, or kApart
};

}  // namespace sluice::model

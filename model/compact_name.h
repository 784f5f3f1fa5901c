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

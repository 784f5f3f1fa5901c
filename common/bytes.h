#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Little-endian serialisation for snapshot sections. Not thread-safe.
namespace sluice {

static_assert(std::endian::native == std::endian::little, "snapshot sections are written as they lie");

class ByteWriter {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { put_bytes(&value, sizeof value); }
  void put_string(std::string_view text) {  // u32 length, bytes
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put_array(std::span<const T> values) {  // u64 count, elements
    put(static_cast<std::uint64_t>(values.size()));
    put_bytes(values.data(), values.size_bytes());
  }
  void put_bytes(const void* data, std::size_t size) {
    if (bytes_.size() - size_ < size) grow(size);
    if (size != 0) std::memcpy(bytes_.data() + size_, data, size);
    size_ += size;
  }
  // In place of what was written there.
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put_at(std::size_t position, const T& value) {
    std::memcpy(bytes_.data() + position, &value, sizeof value);
  }
  // Room for so many bytes in all, so that a large section is not moved about while it grows.
  void reserve(std::size_t size);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
  // The bytes; the writer is empty again.
  [[nodiscard]] std::vector<std::byte> take();
  // Empty again, with its memory kept for what comes next.
  void clear() { size_ = 0; }

 private:
  void grow(std::size_t size);

  std::vector<std::byte> bytes_;  // a little longer than what was written
  std::size_t size_ = 0;
};

// Reads what ByteWriter wrote. Past the end or on an absurd length it yields zeros and ok() turns false, for
// good; the caller checks once at the end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T get() {
    T value{};
    get_bytes(&value, sizeof value);
    return value;
  }
  [[nodiscard]] std::string_view get_string();
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::vector<T> get_array() {
    const auto count = get<std::uint64_t>();
    if (!ok_ || count > remaining() / sizeof(T)) {
      ok_ = false;
      return {};
    }
    std::vector<T> values(count);
    get_bytes(values.data(), count * sizeof(T));
    return values;
  }
  void get_bytes(void* data, std::size_t size);

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - at_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace sluice

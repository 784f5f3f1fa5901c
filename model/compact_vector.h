#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iterator>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::model {

// A vector for the many that hold a few dozen elements each: 16 bytes of its own, and room that grows by an
// eighth instead of doubling. Up to 2^32 - 1 elements. Not thread-safe.
template <typename T>
requires std::is_trivially_copyable_v<T>
class CompactVector {
 public:
  CompactVector() = default;
  CompactVector(std::initializer_list<T> values) {
    for (const T& value : values) push_back(value);
  }
  CompactVector(CompactVector&& other) noexcept { swap(other); }
  CompactVector& operator=(CompactVector&& other) noexcept {
    CompactVector(std::move(other)).swap(*this);
    return *this;
  }
  ~CompactVector() { std::free(data_); }

  void push_back(const T& value) {
    const T copy = value;  // may be one of our own
    if (size_ == capacity_) grow();
    data_[size_++] = copy;
  }
  void erase(T* first, T* last) { size_ = static_cast<std::uint32_t>(std::copy(last, end(), first) - data_); }
  void erase(T* at) { erase(at, at + 1); }

  [[nodiscard]] T* begin() { return data_; }
  [[nodiscard]] T* end() { return data_ + size_; }
  [[nodiscard]] const T* begin() const { return data_; }
  [[nodiscard]] const T* end() const { return data_ + size_; }
  [[nodiscard]] auto rbegin() { return std::reverse_iterator(end()); }
  [[nodiscard]] auto rend() { return std::reverse_iterator(begin()); }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const T& operator[](std::size_t at) const { return data_[at]; }
  [[nodiscard]] const T& front() const { return data_[0]; }
  [[nodiscard]] const T& back() const { return data_[size_ - 1]; }
  // What it takes beside itself, as the allocator counts: rounded up, and a word of its own.
  [[nodiscard]] std::uint64_t heap_bytes() const {
    constexpr std::uint64_t kRound = 16;
    if (capacity_ == 0) return 0;
    return (capacity_ * sizeof(T) + sizeof(void*) + kRound - 1) / kRound * kRound;
  }

 private:
  void grow() {
    const std::uint32_t capacity = (capacity_ + capacity_ / 8 + 2) | 1U;
    void* const moved = std::realloc(data_, capacity * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<T*>(moved);
    capacity_ = capacity;
  }
  void swap(CompactVector& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace sluice::model

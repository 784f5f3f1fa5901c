#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::model {

// Asks for the cache lines of an object that will be used soon.
inline void prefetch_bytes(const void* object, std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(static_cast<const char*>(object) + at);
}

// A zero-filled array of fixed capacity whose pages come into being when first touched: indexing is flat,
// growing never moves anything, and reading from other threads stays valid while it grows.
template <typename T>
requires std::is_trivially_copyable_v<T>
class MappedArray {
 public:
  explicit MappedArray(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) return;
    void* memory =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    ::madvise(memory, bytes(), MADV_HUGEPAGE);
    data_ = static_cast<T*>(memory);
  }
  MappedArray(MappedArray&& other) noexcept { swap(other); }
  MappedArray& operator=(MappedArray&& other) noexcept {
    MappedArray(std::move(other)).swap(*this);
    return *this;
  }
  ~MappedArray() {
    if (data_ != nullptr) ::munmap(data_, bytes());
  }

  [[nodiscard]] T& operator[](std::size_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void swap(MappedArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
  }
  [[nodiscard]] std::size_t bytes() const { return capacity_ * sizeof(T); }

  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace sluice::model

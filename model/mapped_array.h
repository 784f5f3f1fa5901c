#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::model {

// Asks for the cache line of that address. Told to the compiler as an effect, because it takes a function
// that only asks for memory for one without any, and leaves out its calls.
inline void prefetch_line(std::uintptr_t address) {
  __builtin_prefetch(reinterpret_cast<const void*>(address));
  asm volatile("" : : "r"(address));
}

// Asks for all cache lines of an object that will be used soon.
inline void prefetch_bytes(const void* object, std::size_t bytes) {
  constexpr std::uintptr_t kLine = 64;
  const auto begin = reinterpret_cast<std::uintptr_t>(object);
  for (std::uintptr_t line = begin / kLine * kLine; line < begin + bytes; line += kLine) prefetch_line(line);
}

// A zero-filled array of fixed capacity whose pages come into being when first touched: indexing is flat,
// growing never moves anything, and reading from other threads stays valid while it grows.
template <typename T>
requires std::is_trivially_copyable_v<T>
class MappedArray {
 public:
  // `huge`: take whole huge pages, where there are any, for what is touched.
  explicit MappedArray(std::size_t capacity, bool huge = true) : capacity_(capacity) {
    if (capacity == 0) return;
    // A huge page lies at a multiple of its size: not every kernel puts so large a mapping there.
    const std::size_t alignment = huge && bytes() >= kHugePage ? kHugePage : 1;
    mapped_ = bytes() + alignment - 1;
    mapping_ =
        ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping_ == MAP_FAILED) throw std::bad_alloc();
    if (huge) ::madvise(mapping_, mapped_, MADV_HUGEPAGE);
    const auto address = reinterpret_cast<std::uintptr_t>(mapping_);
    data_ = reinterpret_cast<T*>((address + alignment - 1) / alignment * alignment);
  }
  MappedArray(MappedArray&& other) noexcept { swap(other); }
  MappedArray& operator=(MappedArray&& other) noexcept {
    MappedArray(std::move(other)).swap(*this);
    return *this;
  }
  ~MappedArray() {
    if (mapped_ > 0) ::munmap(mapping_, mapped_);
  }

  [[nodiscard]] T& operator[](std::size_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void swap(MappedArray& other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(mapped_, other.mapped_);
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
  }
  [[nodiscard]] std::size_t bytes() const { return capacity_ * sizeof(T); }

  static constexpr std::size_t kHugePage = std::size_t{1} << 21;  // bytes

  void* mapping_ = nullptr;  // of mapped_ bytes, none if that is 0
  std::size_t mapped_ = 0;
  T* data_ = nullptr;  // in there
  std::size_t capacity_ = 0;
};

}  // namespace sluice::model

#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "model/mapped_array.h"

namespace sluice::model {

// A growing array whose elements never move. They lie in chunks, each as long as all before it together, of
// which memory is only taken as it is used. Not thread-safe.
template <typename T>
class StableArray {
 public:
  StableArray() = default;
  StableArray(StableArray&& other) noexcept { swap(other); }
  StableArray& operator=(StableArray&& other) noexcept {
    StableArray(std::move(other)).swap(*this);
    return *this;
  }
  ~StableArray() {
    for (std::size_t at = 0; at < size_; ++at) std::destroy_at(&(*this)[at]);
  }

  [[nodiscard]] T& operator[](std::size_t at) { return *place(at); }
  [[nodiscard]] const T& operator[](std::size_t at) const { return *place(at); }
  T& emplace_back() {
    if (size_ == room()) add_chunk();
    T* const made = std::construct_at(place(size_));
    ++size_;
    return *made;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::size_t kFirst = 16;  // elements of the first chunk
  static constexpr std::size_t kHugeBytes = std::size_t{1}
                                            << 24;  // below, a huge page not full would be a waste
  // Room for an element, which is constructed when it is reached.
  struct alignas(T) Room {
    std::byte bytes[sizeof(T)];
  };

  // Chunk 0 holds kFirst elements, chunk k > 0 those from kFirst << (k - 1) to twice as many.
  [[nodiscard]] T* place(std::size_t at) const {
    const auto chunk = static_cast<std::size_t>(std::bit_width(at / kFirst));
    const std::size_t first = chunk == 0 ? 0 : kFirst << (chunk - 1);
    return const_cast<T*>(reinterpret_cast<const T*>(&chunks_[chunk][at - first]));
  }
  [[nodiscard]] std::size_t room() const { return chunks_.empty() ? 0 : kFirst << (chunks_.size() - 1); }
  void add_chunk() {
    const std::size_t elements = chunks_.empty() ? kFirst : room();
    chunks_.emplace_back(elements, elements * sizeof(T) >= kHugeBytes);
  }
  void swap(StableArray& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(size_, other.size_);
  }

  std::vector<MappedArray<Room>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace sluice::model

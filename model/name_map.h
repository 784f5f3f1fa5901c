#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/mapped_array.h"

namespace sluice::model {

// Hash of an id: the same in every process.
[[nodiscard]] inline std::uint64_t hash_name(std::string_view name) {
  return XXH3_64bits(name.data(), name.size());
}

// Rows by name: an open table with linear probing (Knuth, The Art of Computer Programming, volume 3, 6.4) of
// eight bytes a place. The names themselves stand with the owner, who is asked when a hash agrees; so what a
// search waits for, the place and the name, can both be fetched ahead. Not thread-safe; reading is safe
// while nobody changes it.
class NameMap {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  // The row whose name has this hash and for which is_it(row) is true, or kNone.
  template <typename IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    if (size_ == 0) return kNone;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = tag & mask(); places_[at].row_plus_one != 0; at = (at + 1) & mask()) {
      if (places_[at].tag == tag && is_it(places_[at].row_plus_one - 1)) return places_[at].row_plus_one - 1;
    }
    return kNone;
  }
  // A row that is most likely the one, if there is one; no row is looked at.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }
  // Asks for what find() and guess() read first.
  void prefetch(std::uint64_t hash) const {
    if (size_ != 0) prefetch_bytes(&places_[tag_of(hash) & mask()], sizeof(Place));
  }
  // Of a name that is not there yet.
  void insert(std::uint64_t hash, std::uint32_t row) {
    if ((size_ + 1) * 5 > places_.capacity() * 4) grow();
    put({tag_of(hash), row + 1});
    ++size_;
  }
  // Of a name that is there.
  void erase(std::uint64_t hash, std::uint32_t row) {
    std::size_t hole = tag_of(hash) & mask();
    while (places_[hole].row_plus_one != row + 1) hole = (hole + 1) & mask();
    // What stands behind closes up, unless it would then stand before its own place.
    for (std::size_t at = (hole + 1) & mask(); places_[at].row_plus_one != 0; at = (at + 1) & mask()) {
      const std::size_t home = places_[at].tag & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = {};
    --size_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint64_t bytes() const { return places_.capacity() * sizeof(Place); }

 private:
  struct Place {
    std::uint32_t tag = 0;
    std::uint32_t row_plus_one = 0;  // 0: empty
  };
  static constexpr std::size_t kFirstPlaces = 16;

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash ^ hash >> 32);
  }
  [[nodiscard]] std::size_t mask() const { return places_.capacity() - 1; }
  void put(Place place) {
    std::size_t at = place.tag & mask();
    while (places_[at].row_plus_one != 0) at = (at + 1) & mask();
    places_[at] = place;
  }
  // The tags say where everything goes: no name is looked at.
  void grow() {
    MappedArray<Place> old(places_.capacity() == 0 ? kFirstPlaces : 2 * places_.capacity());
    std::swap(old, places_);
    for (std::size_t at = 0; at < old.capacity(); ++at) {
      if (old[at].row_plus_one != 0) put(old[at]);
    }
  }

  MappedArray<Place> places_{0};  // as many as a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace sluice::model

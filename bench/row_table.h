#pragma once

#include <xxhash.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/mapped_array.h"

namespace sluice::bench {

// The least that finds rows by id: an open table of hashes, half full, that trusts 64 bits and compares no
// text.
class RowTable {
 public:
  explicit RowTable(std::size_t most) : mask_(std::bit_ceil(2 * most) - 1), slots_(mask_ + 1) {}

  void add(std::string_view id, std::uint32_t row) {
    const std::uint64_t hash = hash_of(id);
    std::size_t at = hash & mask_;
    while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask_;
    slots_[at] = {hash, row};
  }
  [[nodiscard]] static std::uint64_t hash_of(std::string_view id) {
    return XXH3_64bits(id.data(), id.size()) | 1;
  }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  [[nodiscard]] std::uint32_t find(std::uint64_t hash) const {
    std::size_t at = hash & mask_;
    while (slots_[at].hash != hash && slots_[at].hash != 0) at = (at + 1) & mask_;
    return slots_[at].row;
  }

 private:
  struct Slot {
    std::uint64_t hash;
    std::uint32_t row;
  };
  std::size_t mask_;
  model::MappedArray<Slot> slots_;
};

}  // namespace sluice::bench

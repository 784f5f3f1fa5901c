#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "model/item_id.h"

namespace sluice::model {

// The greatest of many keys that mostly grow, kept without ever looking at the others. Unordered.
class TopList {
 public:
  static constexpr std::size_t kCapacity = 64;
  struct Entry {
    ItemRow row;
    float key;
  };

  void update(ItemRow row, float key) {
    Entry* const end = entries_.data() + size_;
    Entry* const found = std::find_if(entries_.data(), end, [row](const Entry& e) { return e.row == row; });
    if (found != end) {
      found->key = key;
      return;
    }
    if (size_ < kCapacity) {
      entries_[size_++] = {row, key};
      return;
    }
    Entry* const least =
        std::min_element(entries_.data(), end, [](const Entry& a, const Entry& b) { return a.key < b.key; });
    if (key > least->key) *least = {row, key};
  }
  void remove(ItemRow row) {
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(size_);
    size_ = static_cast<std::size_t>(
        std::remove_if(entries_.begin(), end, [row](const Entry& e) { return e.row == row; }) -
        entries_.begin());
  }
  [[nodiscard]] std::span<const Entry> entries() const { return {entries_.data(), size_}; }
  // Whether bytes read from outside make sense.
  [[nodiscard]] bool valid() const { return size_ <= kCapacity; }

 private:
  std::array<Entry, kCapacity> entries_{};
  std::size_t size_ = 0;
};

}  // namespace sluice::model

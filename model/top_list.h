#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "model/item_id.h"
#include "model/kernels.h"

namespace sluice::model {

// The rows with the greatest of many keys that mostly grow, kept without ever looking at the others.
// Unordered.
class TopList {
 public:
  static constexpr std::size_t kCapacity = 64;

  // For a key that grew, or of a new row.
  void raise(ItemRow row, float key) {
    if (size_ == kCapacity && key <= keys_[least_]) return;
    std::size_t at = find_row(rows(), row);
    if (at == size_) {
      if (size_ < kCapacity)
        ++size_;
      else
        at = least_;
      rows_[at] = row;
    }
    set(at, key);
  }
  // For a key that fell; the row keeps its place if it has one.
  void lower(ItemRow row, float key) {
    const std::size_t at = find_row(rows(), row);
    if (at < size_) set(at, key);
  }
  void remove(ItemRow row) {
    const std::size_t at = find_row(rows(), row);
    if (at == size_) return;
    --size_;
    rows_[at] = rows_[size_];
    keys_[at] = keys_[size_];
    least_ = size_ == 0 ? 0 : find_least(keys());
  }
  [[nodiscard]] std::span<const ItemRow> rows() const { return {rows_.data(), size_}; }
  [[nodiscard]] std::span<const float> keys() const { return {keys_.data(), size_}; }
  // Whether bytes read from outside make sense.
  [[nodiscard]] bool valid() const { return size_ <= kCapacity && least_ < std::max<std::size_t>(1, size_); }

 private:
  void set(std::size_t at, float key) {
    const bool was_least = at == least_;
    keys_[at] = key;
    if (was_least || key < keys_[least_]) least_ = find_least(keys());
  }

  std::array<ItemRow, kCapacity> rows_{};
  std::array<float, kCapacity> keys_{};
  std::size_t size_ = 0;
  std::size_t least_ = 0;  // place of a least key
};

}  // namespace sluice::model

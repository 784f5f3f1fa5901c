#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "model/item_id.h"
#include "model/kernels.h"

namespace sluice::model {

// The rows touched last, each once, latest first.
class LatestRows {
 public:
  static constexpr std::size_t kCapacity = 128;

  void touch(ItemRow row) {
    std::size_t at = find_row(rows(), row);
    if (at == size_) at = size_ < kCapacity ? size_++ : kCapacity - 1;
    std::copy_backward(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(at),
                       rows_.begin() + static_cast<std::ptrdiff_t>(at + 1));
    rows_.front() = row;
  }
  // Behind all others, unless it is there or there is no room.
  void append(ItemRow row) {
    if (!full() && find_row(rows(), row) == size_) rows_[size_++] = row;
  }
  void remove(ItemRow row) {
    const std::size_t at = find_row(rows(), row);
    if (at == size_) return;
    std::copy(rows_.begin() + static_cast<std::ptrdiff_t>(at + 1),
              rows_.begin() + static_cast<std::ptrdiff_t>(size_),
              rows_.begin() + static_cast<std::ptrdiff_t>(at));
    --size_;
  }
  void clear() { size_ = 0; }
  [[nodiscard]] bool full() const { return size_ == kCapacity; }
  [[nodiscard]] std::span<const ItemRow> rows() const { return {rows_.data(), size_}; }

 private:
  std::array<ItemRow, kCapacity> rows_{};
  std::size_t size_ = 0;
};

}  // namespace sluice::model

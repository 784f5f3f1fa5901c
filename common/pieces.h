#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/bytes.h"

namespace sluice {

// Bytes that grow without ever being moved about: they lie in pieces of a mebibyte, and each record within
// one. Not thread-safe.
class Pieces {
 public:
  // Appends a record; it stays where it is until move_into(), clear(), or append() to others.
  std::span<const std::byte> put(std::span<const std::byte> record);
  // The same of others' pieces, which are moved, not copied.
  void append(Pieces&& others);
  [[nodiscard]] std::size_t size() const { return size_; }
  // In order; none is empty.
  [[nodiscard]] std::span<const std::vector<std::byte>> pieces() const { return pieces_; }
  // Appends everything to `out` and gives the memory back on the way, so that hardly more than one copy
  // exists at a time.
  void move_into(ByteWriter& out);
  void clear();

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes; a longer record gets its own

  std::vector<std::vector<std::byte>> pieces_;
  std::size_t size_ = 0;
};

}  // namespace sluice

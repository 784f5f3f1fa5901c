#include "common/pieces.h"

#include <algorithm>
#include <iterator>

namespace sluice {

std::span<const std::byte> Pieces::put(std::span<const std::byte> record) {
  if (record.empty()) return record;
  if (pieces_.empty() || pieces_.back().capacity() - pieces_.back().size() < record.size()) {
    pieces_.emplace_back().reserve(std::max(kPiece, record.size()));
  }
  std::vector<std::byte>& piece = pieces_.back();
  piece.insert(piece.end(), record.begin(), record.end());
  size_ += record.size();
  return std::span<const std::byte>(piece).last(record.size());
}

void Pieces::move_into(ByteWriter& out) {
  for (std::vector<std::byte>& piece : pieces_) {
    out.put_bytes(piece.data(), piece.size());
    std::vector<std::byte>().swap(piece);
  }
  clear();
}

void Pieces::append(Pieces&& others) {
  std::ranges::move(others.pieces_, std::back_inserter(pieces_));
  size_ += others.size_;
  others.clear();
}

void Pieces::clear() {
  pieces_.clear();
  size_ = 0;
}

}  // namespace sluice

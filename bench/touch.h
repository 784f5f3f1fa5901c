#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/mapped_array.h"

namespace sluice::bench {

// Rows of memory, as large as a model's table and backed by huge pages like it. Reading and writing one word
// in each cache line of a row is the least that a program can do which uses the row: the limit of what memory
// allows.
class TouchedRows {
 public:
  TouchedRows(std::size_t rows, std::size_t row_bytes)
      : rows_(rows),
        lines_((row_bytes + kLineBytes - 1) / kLineBytes),
        words_(rows * lines_ * kWordsPerLine) {
    for (std::size_t row = 0; row < rows; ++row) touch(row);
  }

  void prefetch(std::size_t row) const {
    for (std::size_t line = 0; line < lines_; ++line) __builtin_prefetch(&words_[at(row, line)], 1);
  }
  void touch(std::size_t row) {
    for (std::size_t line = 0; line < lines_; ++line) ++words_[at(row, line)];
  }
  // Asks for all of them ahead, a few at a time, as many as the core can have under way.
  void touch_all(std::span<const std::uint32_t> rows) {
    constexpr std::size_t kAhead = 16;
    for (std::size_t first = 0; first < rows.size(); first += kAhead) {
      const auto some = rows.subspan(first, std::min(kAhead, rows.size() - first));
      for (const std::uint32_t row : some) prefetch(row % rows_);
      for (const std::uint32_t row : some) touch(row % rows_);
    }
  }

 private:
  static constexpr std::size_t kLineBytes = 64;
  static constexpr std::size_t kWordsPerLine = kLineBytes / sizeof(std::uint64_t);
  [[nodiscard]] std::size_t at(std::size_t row, std::size_t line) const {
    return (row * lines_ + line) * kWordsPerLine;
  }

  std::size_t rows_;
  std::size_t lines_;
  model::MappedArray<std::uint64_t> words_;
};

}  // namespace sluice::bench

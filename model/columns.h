#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/kernels.h"

namespace sluice::model {

// Some columns that lie side by side.
struct ColumnRange {
  std::size_t first;
  std::size_t count;
};

// Features of a block of candidates, one contiguous column for each feature. Columns go on up to a multiple
// of kLanes, with numbers that mean nothing.
class Columns {
 public:
  static constexpr std::size_t kBlock = 576;  // candidates at a time: all columns stay in the L2 cache

  explicit Columns(std::size_t columns) : values_(columns * kStride), columns_(columns) {}

  void set_rows(std::size_t rows) { rows_ = rows; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t padded_rows() const { return pad_to_lanes(rows_); }
  [[nodiscard]] std::size_t count() const { return columns_; }
  [[nodiscard]] std::span<const float> operator[](std::size_t column) const {
    return {&values_[column * kStride], rows_};
  }
  [[nodiscard]] ColumnMatrix matrix(ColumnRange range) const {
    return {&values_[range.first * kStride], kStride, range.count, padded_rows()};
  }
  // The whole column, for writing.
  [[nodiscard]] std::span<float> padded(std::size_t column) {
    return {&values_[column * kStride], padded_rows()};
  }

 private:
  static constexpr std::size_t kStride =
      kBlock + kLanes;  // no power of two: the columns' starts spread in the L1 cache

  std::vector<float> values_;
  std::size_t columns_;
  std::size_t rows_ = 0;
};

// The columns of one signal, padded.
class ColumnsOf {
 public:
  ColumnsOf(Columns& all, std::size_t first) : all_(all), first_(first) {}
  [[nodiscard]] std::span<float> operator[](std::size_t column) const { return all_.padded(first_ + column); }

 private:
  Columns& all_;
  std::size_t first_;
};

}  // namespace sluice::model

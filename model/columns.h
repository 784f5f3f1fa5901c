#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sluice::model {

// Features of a block of candidates, one contiguous column for each feature.
class Columns {
 public:
  static constexpr std::size_t kBlock = 512;  // candidates at a time: all columns stay in the L2 cache

  explicit Columns(std::size_t columns) : values_(columns * kBlock), columns_(columns) {}

  void set_rows(std::size_t rows) { rows_ = rows; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t count() const { return columns_; }
  [[nodiscard]] std::span<float> operator[](std::size_t column) { return {&values_[column * kBlock], rows_}; }
  [[nodiscard]] std::span<const float> operator[](std::size_t column) const {
    return {&values_[column * kBlock], rows_};
  }

 private:
  std::vector<float> values_;
  std::size_t columns_;
  std::size_t rows_ = 0;
};

// The columns of one signal.
class ColumnsOf {
 public:
  ColumnsOf(Columns& all, std::size_t first) : all_(all), first_(first) {}
  [[nodiscard]] std::span<float> operator[](std::size_t column) const { return all_[first_ + column]; }

 private:
  Columns& all_;
  std::size_t first_;
};

}  // namespace sluice::model

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/item_id.h"
#include "model/kernels.h"
#include "model/mapped_array.h"
#include "model/row_gate.h"

namespace sluice::model {

// An item's part in the sequence factors: q as a candidate, y as a step of somebody's history, b its bias.
// What a candidate needs lies in three cache lines.
struct alignas(32) FactorRow {
  float bias;
  float q_squares;  // leaky AdaGrad accumulators, mean squared gradient per row
  float y_squares;
  std::uint32_t q_steps;  // updates since the row was copied into an overlay
  std::uint32_t y_steps;
  alignas(32) std::array<float, kFactorDim> q;
  std::array<float, kFactorDim> y;
};

// Scales a vector back to length kMaxNorm if it is longer or not finite (then to zero).
inline constexpr float kMaxNorm = 20;
void guard_norm(std::array<float, kFactorDim>& vector);

// Factors of all items. Rows are initialised small and pseudo-random from the item's name.
class FactorTable {
 public:
  explicit FactorTable(std::size_t capacity) : rows_(capacity) {}

  void initialise(ItemRow row, std::string_view name, std::uint64_t seed) {
    mutable_row(row) = initial(name, seed);
  }
  [[nodiscard]] static FactorRow initial(std::string_view name, std::uint64_t seed);
  [[nodiscard]] const FactorRow& operator[](ItemRow row) const { return rows_[row]; }
  [[nodiscard]] FactorRow& mutable_row(ItemRow row) {
    gate_.before_write(row);
    return rows_[row];
  }
  void watch(RowGate gate) { gate_ = gate; }

 private:
  RowGate gate_;
  MappedArray<FactorRow> rows_;
};

}  // namespace sluice::model

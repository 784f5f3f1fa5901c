#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/item_id.h"
#include "model/kernels.h"
#include "model/watched_rows.h"

namespace sluice::model {

// An item's part in the sequence factors as a candidate: q, and b its bias.
struct CandidateFactors {
  std::array<float, kFactorDim> q;
  float bias;
  float q_squares;        // leaky AdaGrad accumulator, mean squared gradient of q
  std::uint32_t q_steps;  // updates since the row was copied into an overlay
};

// Its part as a step of somebody's history.
struct StepFactors {
  std::array<float, kFactorDim> y;
  float y_squares;
  std::uint32_t y_steps;
};

struct FactorRow : CandidateFactors, StepFactors {};

// A row as it lies in snapshots.
struct SavedFactors {
  std::array<float, kFactorDim> q;
  std::array<float, kFactorDim> y;
  float bias;
  float q_squares;
  float y_squares;
  std::uint32_t q_steps;
  std::uint32_t y_steps;
};
[[nodiscard]] inline SavedFactors saved_factors(const FactorRow& row) {
  return {row.q, row.y, row.bias, row.q_squares, row.y_squares, row.q_steps, row.y_steps};
}
[[nodiscard]] inline FactorRow restored_factors(const SavedFactors& saved) {
  return {{saved.q, saved.bias, saved.q_squares, saved.q_steps}, {saved.y, saved.y_squares, saved.y_steps}};
}

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
  [[nodiscard]] FactorRow& mutable_row(ItemRow row) { return rows_.mutable_row(row); }
  void watch(RowGate gate) { rows_.watch(gate); }

 private:
  WatchedRows<FactorRow> rows_;
};

}  // namespace sluice::model

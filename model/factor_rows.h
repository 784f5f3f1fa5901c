#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "model/random.h"

namespace sluice::model {

// Rows of factors that begin as small normal draws, each row's own by the seed.
class FactorRows {
 public:
  static constexpr double kDeviation = 0.1;

  FactorRows(std::size_t factors, std::uint64_t seed) : factors_(factors), seed_(seed) {}

  [[nodiscard]] std::size_t rows() const { return values_.size() / factors_; }
  // Makes rows up to and with this one.
  void reach(std::uint32_t row) {
    while (rows() <= row) add();
  }
  [[nodiscard]] std::span<float> operator[](std::uint32_t row) {
    return std::span(values_).subspan(row * factors_, factors_);
  }

 private:
  void add() {
    model::Random random(model::mix64(seed_ ^ model::mix64(rows())));
    for (std::size_t k = 0; k < factors_; ++k) {
      // Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958.
      const double radius = std::sqrt(-2 * std::log(1.0 - static_cast<double>(random.unit())));
      const double angle = 2 * std::numbers::pi * static_cast<double>(random.unit());
      values_.push_back(static_cast<float>(kDeviation * radius * std::cos(angle)));
    }
  }

  std::size_t factors_;
  std::uint64_t seed_;
  std::vector<float> values_;
};

[[nodiscard]] inline float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

}  // namespace sluice::model

#pragma once

#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

// The inner loops. All of them work on plain float arrays so that the compiler can vectorise them.
namespace sluice::model {

inline constexpr int kFactorDim = 32;

template <int Dim>
using Vector = Eigen::Matrix<float, Dim, 1>;
template <int Dim>
using VectorMap = Eigen::Map<Vector<Dim>>;
template <int Dim>
using ConstVectorMap = Eigen::Map<const Vector<Dim>>;

// Natural logarithm for x > 0 and finite, relative error below 1e-6: exponent plus an odd polynomial in
// (m - 1) / (m + 1), m in [sqrt(1/2), sqrt(2)).
[[nodiscard]] inline float fast_log(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t shifted = bits - 0x3F3504F3;  // sqrt(1/2)
  const std::int32_t exponent = shifted >> 23;
  const float mantissa = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float s2 = s * s;
  const float series =
      s * (2.0F + s2 * (0.666666667F + s2 * (0.4F + s2 * (0.285714286F + s2 * 0.222222222F))));
  return series + static_cast<float>(exponent) * 0.693147181F;
}

// values[i] = ln(1 + max(values[i], 0)).
inline void log1p_in_place(std::span<float> values) {
  for (float& value : values) value = fast_log(1.0F + (value > 0.0F ? value : 0.0F));
}

// e^x for x <= 80, relative error below 1e-6; below -80 it is 0.
[[nodiscard]] inline float fast_exp(float x) {
  if (x < -80.0F) return 0.0F;
  const float scaled = x * 1.44269504F;
  const float rounded = std::floor(scaled + 0.5F);
  const float f = (scaled - rounded) * 0.693147181F;
  const float series =
      1.0F + f * (1.0F + f * (0.5F + f * (0.166666667F +
                                          f * (0.0416666667F + f * (0.00833333333F + f * 0.00138888889F)))));
  return series * std::bit_cast<float>((static_cast<std::int32_t>(rounded) + 127) << 23);
}

}  // namespace sluice::model

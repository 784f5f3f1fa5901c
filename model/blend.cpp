#include "model/blend.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "model/kernels.h"

namespace sluice::model {

namespace {
constexpr float kInitialWeight = 0.2F;
constexpr float kMomentRate = 1e-3F;     // of the moving mean of the gradients' second moment
constexpr float kRelativeRidge = 0.05F;  // added to the moment's diagonal, as a share of it
constexpr float kAbsoluteRidge = 1e-3F;
constexpr double kRefreshInterval = 256;  // steps between two inversions
constexpr double kRefreshAlways = 64;     // the first steps invert each time
constexpr double kFirstStep = 20;         // before that only the moment is learned
constexpr double kStepOffset = 200;       // a step shrinks with (kStepOffset + steps so far) ^ kStepPower
constexpr double kStepPower = -0.7;
constexpr double kLeastStep = 1e-4;  // so that an endless stream is still followed

float step_size(double steps) {
  return static_cast<float>(std::max(kLeastStep, std::pow(kStepOffset + steps, kStepPower)));
}
}  // namespace

Blend::Blend(std::size_t columns, std::size_t contexts, Options options)
    : columns_(columns),
      padded_columns_(pad_to_lanes(columns)),
      options_(std::move(options)),
      common_(columns, kInitialWeight),
      own_(columns * contexts, 0.0F),
      moment_(padded_columns_ * padded_columns_, 0.0F),
      inverse_(padded_columns_ * padded_columns_, 0.0F),
      counts_(contexts, 0.0),
      gradient_(padded_columns_),
      direction_(padded_columns_) {
  assert(columns <= kMaxColumns);
  options_.enabled.resize(columns, 1);
  for (std::size_t f = 0; f < columns; ++f) {
    if (options_.enabled[f] == 0) common_[f] = 0;
  }
}

void Blend::score(const Columns& columns, ColumnRange range, std::uint32_t context,
                  std::span<float> scores) const {
  std::array<float, kMaxColumns> weights;
  for (std::size_t k = 0; k < range.count; ++k) weights[k] = weight(context, range.first + k);
  multiply(columns.matrix(range), weights.data(), scores.data());
}

void Blend::learn(const Columns& columns, std::uint32_t context, std::span<const float> corrections,
                  float step_scale) {
  compute_gradient(columns, context, corrections);
  track_outer_product(moment_.data(), gradient_, kMomentRate);
  count_ += 1;
  counts_[context] += 1;
  if (count_ <= kRefreshAlways || std::fmod(count_, kRefreshInterval) == 0) refresh_inverse();
  if (count_ < kFirstStep) return;

  multiply({inverse_.data(), padded_columns_, columns_, padded_columns_}, gradient_.data(),
           direction_.data());
  // A gradient far beyond the usual ones steps no further than they do.
  float length = 0;
  for (std::size_t f = 0; f < columns_; ++f) length += direction_[f] * gradient_[f];
  const auto usual = static_cast<float>(columns_);
  if (!(length <= usual)) step_scale *= length > usual ? std::sqrt(usual / length) : 0.0F;
  const float common_step = options_.common_step * step_size(count_) * step_scale;
  const float own_step = options_.own_step * step_size(counts_[context]) * step_scale;
  float* const own = &own_[context * columns_];
  for (std::size_t f = 0; f < columns_; ++f) {
    common_[f] -= common_step * direction_[f];
    own[f] -= own_step * direction_[f];
  }
}

// Of -ln(softmax of row 0), into gradient_.
void Blend::compute_gradient(const Columns& columns, std::uint32_t context,
                             std::span<const float> corrections) {
  const std::size_t rows = columns.rows();
  probabilities_.resize(columns.padded_rows());
  score(columns, context, probabilities_);
  for (std::size_t k = 0; k < rows; ++k) probabilities_[k] += corrections[k];
  std::fill(probabilities_.begin() + static_cast<std::ptrdiff_t>(rows), probabilities_.end(), -1e30F);
  softmax_in_place(probabilities_);
  probabilities_[0] -= 1.0F;
  multiply_transposed(columns.matrix({0, columns_}), probabilities_.data(), gradient_.data());
  for (std::size_t f = 0; f < columns_; ++f) {
    if (options_.enabled[f] == 0 || !std::isfinite(gradient_[f])) gradient_[f] = 0;
  }
}

void Blend::refresh_inverse() {
  const auto n = static_cast<Eigen::Index>(columns_);
  using Square = Eigen::Map<Eigen::MatrixXf, Eigen::Unaligned, Eigen::OuterStride<>>;
  const Eigen::OuterStride<> stride(static_cast<Eigen::Index>(padded_columns_));
  Eigen::MatrixXf moment = Square(moment_.data(), n, n, stride);
  moment *= 1.0F / (1.0F - std::pow(1.0F - kMomentRate, static_cast<float>(count_)));  // it began at zero
  for (Eigen::Index i = 0; i < n; ++i) moment(i, i) = moment(i, i) * (1.0F + kRelativeRidge) + kAbsoluteRidge;
  Square(inverse_.data(), n, n, stride) = moment.llt().solve(Eigen::MatrixXf::Identity(n, n));
}

void Blend::rank_by(std::size_t column) {
  std::fill(common_.begin(), common_.end(), 0.0F);
  common_[column] = 1;
}

void Blend::merge(std::span<const Blend* const> others) {
  const Blend original = *this;
  double steps = 0;
  for (const Blend* other : others) steps += other->count_ - original.count_;
  if (steps == 0) return;
  for (const Blend* other : others) {
    for (std::size_t k = 0; k < common_.size(); ++k) common_[k] += other->common_[k] - original.common_[k];
    for (std::size_t k = 0; k < own_.size(); ++k) own_[k] += other->own_[k] - original.own_[k];
    for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other->counts_[k] - original.counts_[k];
    // Moments are means: each counts by its steps.
    const auto share = static_cast<float>((other->count_ - original.count_) / steps);
    for (std::size_t k = 0; k < moment_.size(); ++k)
      moment_[k] += share * (other->moment_[k] - original.moment_[k]);
    count_ += other->count_ - original.count_;
  }
  const bool due = std::floor(count_ / kRefreshInterval) != std::floor(original.count_ / kRefreshInterval);
  if (count_ <= kRefreshAlways || due) refresh_inverse();
}

void Blend::save(ByteWriter& out) const {
  for (const auto* values : {&common_, &own_, &moment_, &inverse_})
    out.put_array(std::span<const float>(*values));
  out.put_array(std::span<const double>(counts_));
  out.put(count_);
}

bool Blend::load(ByteReader& in) {
  for (auto* values : {&common_, &own_, &moment_, &inverse_}) {
    auto read = in.get_array<float>();
    if (read.size() != values->size()) return false;
    *values = std::move(read);
  }
  auto counts = in.get_array<double>();
  if (counts.size() != counts_.size()) return false;
  counts_ = std::move(counts);
  count_ = in.get<double>();
  return in.ok();
}

}  // namespace sluice::model

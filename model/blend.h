#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "model/columns.h"

namespace sluice::model {

// The log-linear score over all columns: s_i = sum_f (common_f + own_{context,f}) * x_fi, weights of either
// sign, learned online by sampled softmax. Columns are highly correlated (popularities of several
// half-lives), so a step is preconditioned by the inverse second moment of the gradients (online Newton step:
// Hazan, Agarwal, Kale, Machine Learning 2007), refreshed now and then. Not thread-safe.
class Blend {
 public:
  static constexpr std::size_t kMaxColumns = 128;

  struct Options {
    float common_step = 1;      // scale of the steps of the weights common to all contexts
    float own_step = 1;         // and of each context's own
    std::vector<char> enabled;  // by column: takes part
  };
  Blend(std::size_t columns, std::size_t contexts, Options options);

  // The part of the score that some columns make up, of all rows of the block, into `scores`, which has
  // columns.padded_rows() places.
  void score(const Columns& columns, ColumnRange range, std::uint32_t context, std::span<float> scores) const;
  // The whole score.
  void score(const Columns& columns, std::uint32_t context, std::span<float> scores) const {
    score(columns, {0, columns_}, context, scores);
  }
  // Weight of each column in that context.
  [[nodiscard]] float weight(std::uint32_t context, std::size_t column) const {
    return common_[column] + own_[context * columns_ + column];
  }
  // One step towards row 0, away from the others; corrections[k] is added to the score of row k > 0 (the log
  // of how many items it stands for: Jean et al., ACL 2015).
  void learn(const Columns& columns, std::uint32_t context, std::span<const float> corrections,
             float step_scale);
  // Steps taken so far, by all that were merged.
  [[nodiscard]] double steps() const { return count_; }
  // Gives all weight to one column, for good: learn() must not be called any more.
  void rank_by(std::size_t column);

  // Adds what the others learned since each was a copy of this one.
  void merge(std::span<const Blend* const> others);
  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  void compute_gradient(const Columns& columns, std::uint32_t context, std::span<const float> corrections);
  void refresh_inverse();

  std::size_t columns_;
  std::size_t padded_columns_;  // rows and columns of the square matrices
  Options options_;
  std::vector<float> common_;   // by column
  std::vector<float> own_;      // by context and column
  std::vector<float> moment_;   // moving mean of gradient * gradient^T
  std::vector<float> inverse_;  // of the moment, regularised
  std::vector<double> counts_;  // steps taken in each context
  double count_ = 0;            // steps taken
  std::vector<float> probabilities_;
  std::vector<float> gradient_;
  std::vector<float> direction_;
};

}  // namespace sluice::model

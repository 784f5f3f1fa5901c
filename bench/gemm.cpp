#include "bench/gemm.h"

// This file alone is built for the machine at hand. Under a namespace of its own the functions that Eigen
// defines here are not taken for those of the other files.
#define Eigen EigenOfThisMachine
#include <Eigen/Core>

namespace sluice::bench {

float plain_gemm(const float* items, std::size_t count, const float* users) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
  constexpr std::size_t kBlock = 1024;
  const auto dim = static_cast<Eigen::Index>(kGemmDim);
  const Eigen::Map<const Matrix> all_users(users, dim, static_cast<Eigen::Index>(kGemmUsers));
  Matrix scores(static_cast<Eigen::Index>(kBlock), static_cast<Eigen::Index>(kGemmUsers));
  float sum = 0;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const auto rows = static_cast<Eigen::Index>(count - first < kBlock ? count - first : kBlock);
    const Eigen::Map<const Matrix> block(items + first * kGemmDim, dim, rows);
    scores.topRows(rows).noalias() = block.transpose() * all_users;
    sum += scores(0, 0);
  }
  return sum;
}

}  // namespace sluice::bench

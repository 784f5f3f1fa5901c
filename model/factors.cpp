#include "model/factors.h"

#include <xxhash.h>

#include "model/random.h"

namespace sluice::model {

void guard_norm(std::array<float, kFactorDim>& vector) {
  VectorMap<kFactorDim> map(vector.data());
  const float squares = map.squaredNorm();
  if (squares <= kMaxNorm * kMaxNorm) return;
  if (std::isfinite(squares)) {
    map *= kMaxNorm / std::sqrt(squares);
  } else {
    map.setZero();
  }
}

FactorRow FactorTable::initial(std::string_view name, std::uint64_t seed) {
  FactorRow row{};
  Random random(XXH3_64bits_withSeed(name.data(), name.size(), seed));
  constexpr float kScale = 0.1F;
  for (float& x : row.q) x = (random.unit() - 0.5F) * kScale;
  for (float& x : row.y) x = (random.unit() - 0.5F) * kScale;
  return row;
}

}  // namespace sluice::model

#include "model/factor_view.h"

#include <algorithm>
#include <cmath>

namespace sluice::model {

namespace {
float merge_squares(float base, float original, float changed, std::uint32_t steps, float leak) {
  const float kept = std::pow(1.0F - leak, static_cast<float>(steps));
  return std::max(0.0F, base * kept + (changed - original * kept));
}
}  // namespace

void merge_factor_row(FactorRow& base, const FactorView::Entry& entry, float leak) {
  for (std::size_t d = 0; d < base.q.size(); ++d) {
    base.q[d] += entry.changed.q[d] - entry.original.q[d];
    base.y[d] += entry.changed.y[d] - entry.original.y[d];
  }
  base.bias += entry.changed.bias - entry.original.bias;
  base.q_squares = merge_squares(base.q_squares, entry.original.q_squares, entry.changed.q_squares,
                                 entry.changed.q_steps, leak);
  base.y_squares = merge_squares(base.y_squares, entry.original.y_squares, entry.changed.y_squares,
                                 entry.changed.y_steps, leak);
  guard_norm(base.q);
  guard_norm(base.y);
}

}  // namespace sluice::model

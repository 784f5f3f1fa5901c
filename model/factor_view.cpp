#include "model/factor_view.h"

#include <algorithm>
#include <cmath>

namespace sluice::model {

namespace {
float merge_squares(float base, float original, float changed, std::uint32_t steps, float leak) {
  const float kept = std::pow(1.0F - leak, static_cast<float>(steps));
  return std::max(0.0F, base * kept + (changed - original * kept));
}

void add_change(std::array<float, kFactorDim>& base, const std::array<float, kFactorDim>& original,
                const std::array<float, kFactorDim>& changed) {
  for (std::size_t d = 0; d < base.size(); ++d) base[d] += changed[d] - original[d];
  guard_norm(base);
}

// Adds what one shard made of `original` to the base.
void add_change(CandidateFactors& base, const CandidateFactors& original, const CandidateFactors& changed,
                float leak) {
  add_change(base.q, original.q, changed.q);
  base.bias += changed.bias - original.bias;
  base.q_squares =
      merge_squares(base.q_squares, original.q_squares, changed.q_squares, changed.q_steps, leak);
}

void add_change(StepFactors& base, const StepFactors& original, const StepFactors& changed, float leak) {
  add_change(base.y, original.y, changed.y);
  base.y_squares =
      merge_squares(base.y_squares, original.y_squares, changed.y_squares, changed.y_steps, leak);
}

// overlay(v): that of view v.
template <typename Part, typename Overlay>
void merge_parts(FactorTable& base, std::size_t views, Overlay overlay, std::size_t slice, float leak) {
  constexpr std::size_t kAhead = 8;
  for (std::size_t v = 0; v < views; ++v) {
    const auto rows = overlay(v).rows(slice);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const ItemRow row = rows[k];
      if (k + kAhead < rows.size()) {
        const Part& soon = base[rows[k + kAhead]];
        prefetch_bytes(&soon, sizeof soon);
      }
      const Part* const own = overlay(v).find(row);
      bool merged = own == nullptr;
      for (std::size_t earlier = 0; earlier < v; ++earlier) {
        merged = merged || overlay(earlier).find(row) != nullptr;
      }
      if (merged) continue;
      Part& target = base.mutable_row(row);
      const Part original = target;
      target = *own;
      for (std::size_t later = v + 1; later < views; ++later) {
        const Part* const other = overlay(later).find(row);
        if (other != nullptr) add_change(target, original, *other, leak);
      }
    }
  }
}
}  // namespace

void merge_factors(FactorTable& base, std::span<const FactorView* const> views, std::size_t slice,
                   float leak) {
  const auto candidates = [&](std::size_t v) -> const auto& {
    return views[v]->candidates();
  };
  merge_parts<CandidateFactors>(base, views.size(), candidates, slice, leak);
  const auto steps = [&](std::size_t v) -> const auto& {
    return views[v]->steps();
  };
  merge_parts<StepFactors>(base, views.size(), steps, slice, leak);
}

}  // namespace sluice::model

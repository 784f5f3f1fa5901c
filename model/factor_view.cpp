#include "model/factor_view.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

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

// Merges one kind of part; overlays by view.
template <typename Part>
class PartMerge {
 public:
  PartMerge(FactorTable& base, std::vector<const FactorOverlay<Part>*> overlays, float leak)
      : base_(base), overlays_(std::move(overlays)), leak_(leak) {}

  void merge(std::size_t slice) {
    for (std::size_t v = 0; v < overlays_.size(); ++v) {
      const auto rows = overlays_[v]->rows(slice);
      for (std::size_t k = 0; k < rows.size(); ++k) {
        if (k + 2 * kAhead < rows.size()) prefetch_places(rows[k + 2 * kAhead]);
        if (k + kAhead < rows.size()) prefetch_parts(rows[k + kAhead]);
        merge_row(rows[k], v);
      }
    }
  }

 private:
  static constexpr std::size_t kAhead = 8;

  void prefetch_places(ItemRow row) const {
    for (const auto* overlay : overlays_) overlay->prefetch_place(row);
  }
  void prefetch_parts(ItemRow row) const {
    prefetch(&base_[row]);
    for (const auto* overlay : overlays_) prefetch(overlay->find(row));
  }
  static void prefetch(const Part* part) {
    if (part != nullptr) prefetch_bytes(part, sizeof *part);
  }
  // Each row once, though several views list it: with the first of them that has a copy.
  void merge_row(ItemRow row, std::size_t v) {
    const auto has_copy = [row](const auto* overlay) { return overlay->find(row) != nullptr; };
    const std::span overlays(overlays_);
    const Part* const own = overlays[v]->find(row);
    if (own == nullptr || std::ranges::any_of(overlays.first(v), has_copy)) return;
    const auto others = overlays.subspan(v + 1);
    Part& target = base_.mutable_row(row);
    if (std::ranges::none_of(others, has_copy)) {
      target = *own;
      return;
    }
    const Part original = target;
    target = *own;
    for (const auto* overlay : others) {
      if (const Part* const other = overlay->find(row)) add_change(target, original, *other, leak_);
    }
  }

  FactorTable& base_;
  std::vector<const FactorOverlay<Part>*> overlays_;
  float leak_;
};
}  // namespace

void merge_factors(FactorTable& base, std::span<const FactorView* const> views, std::size_t slice,
                   float leak) {
  std::vector<const FactorOverlay<CandidateFactors>*> candidates;
  std::vector<const FactorOverlay<StepFactors>*> steps;
  for (const FactorView* view : views) {
    candidates.push_back(&view->candidates());
    steps.push_back(&view->steps());
  }
  PartMerge<CandidateFactors>(base, std::move(candidates), leak).merge(slice);
  PartMerge<StepFactors>(base, std::move(steps), leak).merge(slice);
}

}  // namespace sluice::model

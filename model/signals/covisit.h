#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "model/accumulator.h"
#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/reach.h"
#include "model/row_filter.h"

namespace sluice::model {

// What others took within a few steps after the items this user took last, decay 0.8 a step. With m_ji the
// decayed weight from item j to i and n_j = sum_i m_ji:
//   covisit         ln(1 + sum_j m_ji) over the last ten steps
//   last_item       the same from the newest step alone
//   covisit_cosine  ln(1 + 10 sum_j m_ji / sqrt(1 + n_j) / sqrt(1 + popularity of i at 30 d))
//   covisit_share   ln(1 + 100 sum_j m_ji / (1 + n_j))
class CovisitSignal {
 public:
  static constexpr Reach kReach = Reach::touched;
  static constexpr std::array<std::string_view, 4> kColumns = {"covisit", "last_item", "covisit_cosine",
                                                               "covisit_share"};
  static constexpr std::uint32_t kSteps = 10;
  static constexpr float kStepDecay = 0.8F;
  static constexpr std::array<float, kSteps> kStepWeights = [] {
    std::array<float, kSteps> weights{1};
    for (std::size_t k = 1; k < kSteps; ++k) weights[k] = weights[k - 1] * kStepDecay;
    return weights;
  }();

  CovisitSignal(const ItemView& view, RowSlots& slots) : items_(view.items), sums_(view.items.index, slots) {}

  void begin(const Moment& moment, const RowFilter& filter) {
    const Decay::Reader reader = items_.covisit.decay().reader(moment.now);
    const RecentSteps steps = recent_steps(moment.history, kSteps);
    if (filter.passes_all()) {
      for (const Step& step : steps.span()) items_.covisit.prefetch(row_of(step.item));
    }
    for (const Step& step : steps.span()) {
      if (!items_.index.alive(step.item)) continue;
      const NeighbourRow& row = sums_.sound_row(items_.covisit, row_of(step.item));
      const float scale = kStepWeights[step.age];
      const float mass = 1.0F + row.mass(reader);
      const Accumulator::Sums scales = {scale, step.age == 0 ? scale : 0.0F, scale / std::sqrt(mass),
                                        scale / mass};
      sums_.add(row, reader, scales);
    }
    sums_.sum_up(filter);
  }
  void fill(const Moment& moment, std::span<const ItemRow> rows, ColumnsOf out) const {
    const auto readers = items_.stats.readers(moment.now);
    constexpr std::size_t kMonth = kHalfLives.size() - 1;
    std::array<float, Columns::kBlock> squares;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const Accumulator::Sums& sums = sums_[rows[k]];
      const float popularity = ItemStatsTable::read(items_.stats[rows[k]], kMonth, readers[kMonth]);
      out[0][k] = sums[0];
      out[1][k] = sums[1];
      out[2][k] = 10.0F * sums[2];
      squares[k] = 1.0F + std::max(0.0F, popularity);
      out[3][k] = 100.0F * sums[3];
    }
    if (sums_.empty()) return;  // all are 0, and so are their logarithms
    divide_by_roots(out[2], std::span(squares).first(rows.size()));
    for (std::size_t c = 0; c < kColumns.size(); ++c) log1p_in_place(out[c]);
  }
  void end() { sums_.reset(); }
  [[nodiscard]] const Accumulator& sums() const { return sums_; }

 private:
  const ItemState& items_;
  Accumulator sums_;
};

}  // namespace sluice::model

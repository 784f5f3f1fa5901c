#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/reach.h"
#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// Factors: s = v_u . q_i with v_u = p_u + c * sum over the last twenty items of 0.85^(step) * y_h,
// after FPMC (Rendle et al., WWW 2010) and Caser-like short histories; trained by FactorLearner, which knows
// a bias too, see BiasSignal.
class SequenceFactorsSignal {
 public:
  static constexpr Reach kReach = Reach::user;
  static constexpr std::array<std::string_view, 1> kColumns = {"factors"};
  static constexpr std::size_t kItems = 20;
  static constexpr float kDecay = 0.85F;
  SequenceFactorsSignal(const ItemView& view, RowSlots&) : view_(view) {}

  void begin(const Moment& moment, const RowFilter&) {
    vector_ = user_vector(moment, view_.items.index, view_.factors);
  }
  void fill(const Moment&, std::span<const ItemRow> rows, ColumnsOf out) const {
    std::array<const float*, kLanes> q;
    for (std::size_t first = 0; first < rows.size(); first += kLanes) {
      for (std::size_t k = 0; k < kLanes; ++k) q[k] = view_.factors.candidate(rows[first + k]).q.data();
      dots(vector_.data(), q.data(), &out[0][first]);
    }
  }
  void end() {}
  // v_u of the moment.
  [[nodiscard]] const Vector<kFactorDim>& vector() const { return vector_; }

  // Weight of each of the newest items of a history, newest first: decays by step (a basket is one), scaled
  // to length one.
  struct StepWeights {
    std::array<float, kItems> of;
    std::size_t count;
  };
  [[nodiscard]] static StepWeights step_weights(std::span<const HistoryEntry> history) {
    StepWeights weights{{}, std::min(kItems, history.size())};
    float weight = 1;
    float squares = 0;
    for (std::size_t p = 0; p < weights.count; ++p) {
      const std::size_t at = history.size() - 1 - p;
      if (p > 0 && history[at].seconds != history[at + 1].seconds) weight *= kDecay;
      weights.of[p] = weight;
      squares += weight * weight;
    }
    for (std::size_t p = 0; p < weights.count; ++p) weights.of[p] /= std::sqrt(squares);
    return weights;
  }
  [[nodiscard]] static Vector<kFactorDim> user_vector(const Moment& moment, const ItemIndex& index,
                                                      const FactorView& factors) {
    Vector<kFactorDim> vector = Vector<kFactorDim>::Zero();
    const StepWeights weights = step_weights(moment.history);
    for (std::size_t p = 0; p < weights.count; ++p) {
      const ItemId item = moment.history[moment.history.size() - 1 - p].item;
      if (!index.alive(item)) continue;
      add_scaled(vector.data(), factors.step(row_of(item)).y.data(), weights.of[p]);
    }
    if (moment.user != nullptr) vector += ConstVectorMap<kFactorDim>(moment.user->factors.data());
    return vector;
  }

 private:
  ItemView view_;
  Vector<kFactorDim> vector_ = Vector<kFactorDim>::Zero();
};

}  // namespace sluice::model

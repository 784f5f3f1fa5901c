#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/blend.h"
#include "model/columns.h"
#include "model/item_view.h"
#include "model/kernels.h"
#include "model/moment.h"
#include "model/scan_kernel.h"
#include "model/scorer.h"

namespace sluice::model {

// The best of the whole catalogue for many users at one moment. A user's score of an item is
//   common(context, item) + slope(context, item) * (v_u . q_i) + touched(u, i)
// for all columns of the reach `user` are the product of factors times what is common; the last part is 0 of
// all items but those that the user's past has something to say of. So nearly all of the work is one matrix
// product, done in blocks of items, whose common parts are computed once for all users. Not thread-safe.
class CatalogueScan {
 public:
  struct Best {
    float score;
    ItemRow row;
  };

  explicit CatalogueScan(const ItemView& items) : items_(items), columns_(kColumnCount) {}

  // Forgets the users of before.
  void begin();
  // The next user, the first being number 0.
  void add_user(const Vector<kFactorDim>& vector, std::uint32_t context);
  // The touched parts of the latest user's scores of these rows, which are distinct; one for each row.
  void add_touched(std::span<const ItemRow> rows, std::span<const float> parts);

  // Scores all rows for all users; the scorer is between two moments. best(u) is then good until begin():
  // the n best rows of which eligible(u, row) is true, best first, of equal scores the lower row; n > 0.
  // What scores no number is in no list.
  using Eligible = std::function<bool(std::size_t user, ItemRow row)>;
  void run(Scorer& scorer, const Blend& blend, Timestamp now, std::size_t n, const Eligible& eligible);
  [[nodiscard]] std::span<const Best> best(std::size_t user) const { return best_[user]; }

 private:
  struct Touched {
    ItemRow row;
    std::uint32_t user;
    float part;
  };

  void sort_touched();
  void load_block(Scorer& scorer, const Blend& blend, const Moment& anybody, ItemRow first);
  void score_users(std::size_t group, std::span<const Touched>& touched, ItemRow first);
  void keep_best(std::size_t user, std::size_t place, ItemRow first, std::size_t n, const Eligible& eligible);

  ItemView items_;
  std::vector<std::uint32_t> contexts_;  // by user
  std::vector<float> vectors_;           // by groups of kScanUsers, see ScanGroup
  std::vector<Touched> touched_;         // by user
  std::vector<Touched> sorted_;          // the same by block of rows, then by user
  std::vector<std::size_t> block_ends_;  // of sorted_
  std::vector<std::vector<Best>> best_;  // by user, while running a heap with the worst one first

  // Of the block under way.
  Columns columns_;
  std::vector<ItemRow> rows_;
  std::array<const float*, kScanItems> factors_{};
  std::array<bool, kContexts> uses_context_{};
  std::array<std::array<float, kScanItems>, kContexts> offsets_;
  std::array<std::array<float, kScanItems>, kContexts> slopes_;
  alignas(64) std::array<float, kScanItems * kFactorDim> matrix_;
  alignas(64) std::array<float, kScanItems * kScanUsers> scores_;
  std::array<float, kScanUsers> greatest_;  // of scores_, by user
  std::array<std::uint32_t, kScanItems> above_;
};

}  // namespace sluice::model

#include "model/catalogue_scan.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

namespace sluice::model {

namespace {
constexpr float kLeast = -std::numeric_limits<float>::infinity();

bool is_better(const CatalogueScan::Best& a, const CatalogueScan::Best& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}
}  // namespace

void CatalogueScan::begin() {
  contexts_.clear();
  vectors_.clear();
  touched_.clear();
  uses_context_.fill(false);
}

void CatalogueScan::add_user(const Vector<kFactorDim>& vector, std::uint32_t context) {
  const std::size_t user = contexts_.size();
  if (user % kScanUsers == 0) vectors_.resize(vectors_.size() + kFactorDim * kScanUsers);
  float* const group = &vectors_[user / kScanUsers * kFactorDim * kScanUsers];
  for (int d = 0; d < kFactorDim; ++d)
    group[static_cast<std::size_t>(d) * kScanUsers + user % kScanUsers] = vector[d];
  contexts_.push_back(context);
  uses_context_[context] = true;
}

void CatalogueScan::add_touched(std::span<const ItemRow> rows, std::span<const float> parts) {
  const auto user = static_cast<std::uint32_t>(contexts_.size() - 1);
  for (std::size_t k = 0; k < rows.size(); ++k) touched_.push_back({rows[k], user, parts[k]});
}

void CatalogueScan::run(Scorer& scorer, const Blend& blend, Timestamp now, std::size_t n,
                        const Eligible& eligible) {
  assert(n > 0);
  best_.resize(std::max(best_.size(), contexts_.size()));
  for (std::vector<Best>& best : best_) best.clear();
  sort_touched();
  const Moment anybody = moment_of(nullptr, now);
  std::size_t touched_first = 0;
  for (std::size_t block = 0; block < block_ends_.size(); ++block) {
    const auto first = static_cast<ItemRow>(block * kScanItems);
    load_block(scorer, blend, anybody, first);
    auto touched =
        std::span<const Touched>(sorted_).subspan(touched_first, block_ends_[block] - touched_first);
    for (std::size_t user = 0; user < contexts_.size(); user += kScanUsers) {
      score_users(user, touched, first);
      const std::size_t end = std::min(user + kScanUsers, contexts_.size());
      for (std::size_t u = user; u < end; ++u) keep_best(u, u - user, first, n, eligible);
    }
    touched_first = block_ends_[block];
  }
  for (std::vector<Best>& best : best_) std::ranges::sort(best, is_better);
}

// By counting: into sorted_, whose parts by block end at block_ends_.
void CatalogueScan::sort_touched() {
  const std::size_t blocks = (items_.items.index.rows() + kScanItems - 1) / kScanItems;
  block_ends_.assign(blocks, 0);
  for (const Touched& touched : touched_) ++block_ends_[touched.row / kScanItems];
  std::exclusive_scan(block_ends_.begin(), block_ends_.end(), block_ends_.begin(), std::size_t{0});
  sorted_.resize(touched_.size());
  for (const Touched& touched : touched_) sorted_[block_ends_[touched.row / kScanItems]++] = touched;
}

void CatalogueScan::load_block(Scorer& scorer, const Blend& blend, const Moment& anybody, ItemRow first) {
  const std::size_t count = std::min<std::size_t>(kScanItems, items_.items.index.rows() - first);
  rows_.resize(count);
  std::iota(rows_.begin(), rows_.end(), first);
  for (std::size_t k = 0; k < kScanItems; ++k) {
    factors_[k] = items_.factors.candidate(rows_[std::min(k, count - 1)]).q.data();
  }
  transpose_rows(factors_.data(), matrix_.data());
  columns_.set_rows(count);
  scorer.fill(Reach::everybody, anybody, rows_, columns_);
  scorer.fill_slopes(columns_);
  for (std::uint32_t context = 0; context < kContexts; ++context) {
    if (!uses_context_[context]) continue;
    blend.score(columns_, kCommonColumns, context, offsets_[context]);
    blend.score(columns_, kUserColumns, context, slopes_[context]);
    // Behind the catalogue's end.
    std::fill(offsets_[context].begin() + static_cast<std::ptrdiff_t>(count), offsets_[context].end(),
              kLeast);
    std::fill(slopes_[context].begin() + static_cast<std::ptrdiff_t>(count), slopes_[context].end(), 0.0F);
  }
}

// Those of one group into scores_; takes its touched parts off the front of `touched`.
void CatalogueScan::score_users(std::size_t group, std::span<const Touched>& touched, ItemRow first) {
  ScanGroup of_users{&vectors_[group * kFactorDim], {}, {}};
  for (std::size_t u = 0; u < kScanUsers; ++u) {
    const std::uint32_t context = contexts_[std::min(group + u, contexts_.size() - 1)];
    of_users.offsets[u] = offsets_[context].data();
    of_users.slopes[u] = slopes_[context].data();
  }
  score_group(matrix_.data(), of_users, scores_.data(), greatest_.data());
  std::size_t taken = 0;
  for (; taken < touched.size() && touched[taken].user < group + kScanUsers; ++taken) {
    const std::size_t u = touched[taken].user - group;
    float& score = scores_[u * kScanItems + (touched[taken].row - first)];
    score += touched[taken].part;
    greatest_[u] = score > greatest_[u] ? score : greatest_[u];
  }
  touched = touched.subspan(taken);
}

void CatalogueScan::keep_best(std::size_t user, std::size_t place, ItemRow first, std::size_t n,
                              const Eligible& eligible) {
  std::vector<Best>& best = best_[user];
  const float bound = best.size() < n ? kLeast : best.front().score;
  if (!(greatest_[place] > bound)) return;
  const float* const scores = &scores_[place * kScanItems];
  const std::size_t above = find_above(scores, bound, above_.data());
  for (std::size_t k = 0; k < above; ++k) {
    const Best candidate{scores[above_[k]], first + above_[k]};
    if (best.size() == n && !(candidate.score > best.front().score)) continue;
    if (!eligible(user, candidate.row)) continue;
    if (best.size() == n) {
      std::ranges::pop_heap(best, is_better);
      best.pop_back();
    }
    best.push_back(candidate);
    std::ranges::push_heap(best, is_better);
  }
}

}  // namespace sluice::model

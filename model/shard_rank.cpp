#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/shard.h"

namespace sluice::model {

namespace {
constexpr std::uint64_t kTopRowsAge = 32;  // events after which one shard looks for the most popular again
}

bool Shard::rank(UserRef ref, Timestamp now, std::size_t n, RankedList& out, std::size_t kept) {
  const auto at = partitions_.find(ref.partition);
  if (at == partitions_.end() || !at->second.table.alive(ref.row)) return false;
  const User& user = at->second.table[ref.row];
  out.user = user.name;
  out.offset = user.offset;
  out.event_time = user.last_event;
  rank_moment(moment_of(&user, now), n, kept, out);
  return true;
}

void Shard::rank_unknown(Timestamp now, std::size_t n, RankedList& out, std::size_t kept) {
  out.user = {};
  out.offset = {};
  out.event_time = stream_time_;
  rank_moment(moment_of(nullptr, now), n, kept, out);
}

void Shard::gather_common_rows() {
  if (top_rows_.empty() || (exchange_.direct() && events_ >= top_rows_events_ + kTopRowsAge)) {
    top_rows_ = items_.top_rows();
    top_rows_events_ = events_;
  }
  common_rows_.clear();
  for (const LatestRows& latest : items_.latest) {
    const auto rows = latest.rows();
    const std::size_t count =
        std::min(rows.size(), std::max<std::size_t>(1, LatestRows::kCapacity / shards_));
    common_rows_.insert(common_rows_.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
  }
  common_rows_.insert(common_rows_.end(), top_rows_.begin(), top_rows_.end());
}

void Shard::rank_moment(const Moment& moment, std::size_t n, std::size_t kept, RankedList& out) {
  gather_common_rows();
  prefetch(moment);
  scorer_.begin(moment);
  const auto is_eligible = [&](ItemRow row) { return eligible(moment.user, row); };
  rows_.clear();
  const auto found = candidates_.find(scorer_, common_rows_, options_.ranking.candidates);
  for (const ItemRow row : found) {
    items_.stats.prefetch(row);
    factors_.prefetch(row);
  }
  std::copy_if(found.begin(), found.end(), std::back_inserter(rows_), is_eligible);
  const std::size_t wanted = n + kept;
  if (rows_.size() < wanted)
    candidates_.deepen(scorer_, items_.index.rows(), wanted - rows_.size(), is_eligible, rows_);
  score_rows(moment);

  const std::size_t shown = order_rows(scores_, n);
  out.entries.clear();
  negatives_.clear();
  for (std::size_t k = 0; k < shown; ++k) {
    RankedEntry& entry = out.entries.emplace_back();
    entry.item = items_.index.name(rows_[order_[k]]);
    entry.score = scores_[order_[k]];
    negatives_.push_back(rows_[order_[k]]);
  }
  explain(moment, negatives_, out);
  if (kept > 0) find_untouched();
  scorer_.end();
  out.live.split = kept > 0;
  out.live.kept.clear();
  out.live.seen.clear();
  if (kept > 0) split_scores(moment, kept, out);
}

// The places of the n best of rows_ to the front of order_; returns how many these are. Of equal scores the
// lower row comes first.
std::size_t Shard::order_rows(std::span<const float> scores, std::size_t n) {
  order_.resize(rows_.size());
  std::iota(order_.begin(), order_.end(), 0U);
  const std::size_t count = std::min(n, order_.size());
  std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count), order_.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      return scores[a] != scores[b] ? scores[a] > scores[b] : rows_[a] < rows_[b];
                    });
  return count;
}

// Scores of rows_ into scores_, and the mean of each column over them. What is not a number ranks last.
void Shard::score_rows(const Moment& moment) {
  const Blend& blend = current_blend();
  scores_.resize(pad_to_lanes(rows_.size()));
  std::array<float, kColumnCount> sums;
  column_means_.assign(kColumnCount, 0.0F);
  for (std::size_t first = 0; first < rows_.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, rows_.size() - first);
    const Columns& columns = scorer_.fill(std::span(rows_).subspan(first, size));
    blend.score(columns, moment.context, std::span(scores_).subspan(first, columns.padded_rows()));
    ones_.assign(columns.padded_rows(), 1.0F);
    std::fill(ones_.begin() + static_cast<std::ptrdiff_t>(size), ones_.end(), 0.0F);
    multiply_transposed(columns.matrix(), ones_.data(), sums.data());
    for (std::size_t c = 0; c < kColumnCount; ++c) column_means_[c] += sums[c];
  }
  for (float& mean : column_means_) mean /= static_cast<float>(std::max<std::size_t>(1, rows_.size()));
  for (float& score : scores_) {
    if (std::isnan(score)) score = -3e38F;
  }
}

// The columns that lift an entry most above the average candidate.
void Shard::explain(const Moment& moment, std::span<const ItemRow> rows, RankedList& out) {
  const Blend& blend = current_blend();
  for (std::size_t first = 0; first < rows.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, rows.size() - first);
    const Columns& columns = scorer_.fill(rows.subspan(first, size));
    for (std::size_t k = 0; k < size; ++k) {
      RankedEntry& entry = out.entries[first + k];
      entry.why.fill(RankedEntry::kNoColumn);
      std::array<float, 3> lift{};
      for (std::size_t c = 0; c < kColumnCount; ++c) {
        float gain = blend.weight(moment.context, c) * (columns[c][k] - column_means_[c]);
        auto column = static_cast<std::uint8_t>(c);
        for (std::size_t place = 0; place < lift.size(); ++place) {
          if (gain <= lift[place]) continue;
          std::swap(gain, lift[place]);
          std::swap(column, entry.why[place]);
        }
      }
    }
  }
}

void Shard::score_all(PartitionId partition, std::string_view name, Timestamp now, const Visit& visit) {
  const Blend& blend = current_blend();
  const Moment moment = moment_of(user(partition, name), now);
  scorer_.begin(moment);
  const auto rows = items_.index.live();
  for (std::size_t first = 0; first < rows.size(); first += Columns::kBlock) {
    const Columns& columns =
        scorer_.fill(rows.subspan(first, std::min(Columns::kBlock, rows.size() - first)));
    scores_.resize(columns.padded_rows());
    blend.score(columns, moment.context, scores_);
    visit(first, columns, std::span(scores_).first(columns.rows()));
  }
  scorer_.end();
}

}  // namespace sluice::model

#include <algorithm>
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

void Shard::gather_common_rows(Timestamp now) {
  if (common_rows_.are_of(now, events_)) return;
  if (top_rows_.empty() || (exchange_.direct() && events_ >= top_rows_events_ + kTopRowsAge)) {
    top_rows_ = items_.top_rows();
    top_rows_events_ = events_;
  }
  drawn_.clear();
  for (const LatestRows& latest : items_.latest) {
    const auto rows = latest.rows();
    const std::size_t count =
        std::min(rows.size(), std::max<std::size_t>(1, LatestRows::kCapacity / shards_));
    drawn_.insert(drawn_.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
  }
  drawn_.insert(drawn_.end(), top_rows_.begin(), top_rows_.end());
  common_rows_.gather(scorer_, drawn_, moment_of(nullptr, now), events_,
                      [&](ItemRow row) { return eligible(nullptr, row); });
}

void Shard::rank_moment(const Moment& moment, std::size_t n, std::size_t kept, RankedList& out) {
  gather_common_rows(moment.now);
  scorer_.begin(moment);
  find_candidates(moment, n + kept);
  column_means_.fill(0);
  scores_.clear();
  common_scores_.clear();
  score_touched(moment);
  score_untouched(moment);
  for (float& mean : column_means_) mean /= static_cast<float>(std::max<std::size_t>(1, rows_.size()));

  const std::size_t shown = order_rows(scores_, n);
  out.entries.clear();
  negatives_.clear();
  for (std::size_t k = 0; k < shown; ++k) {
    RankedEntry& entry = out.entries.emplace_back();
    entry.item = items_.index.name(rows_[order_[k]]);
    entry.score = scores_[order_[k]];
    entry.common = common_scores_[order_[k]];
    negatives_.push_back(rows_[order_[k]]);
  }
  explain(moment, negatives_, out);
  scorer_.end();
  out.live.split = kept > 0;
  out.live.kept.clear();
  out.live.seen.clear();
  if (kept > 0) split_scores(moment, kept, out);
}

// Into rows_: the first touched_ may have something personal to the user, the others are common rows without.
void Shard::find_candidates(const Moment& moment, std::size_t wanted) {
  const auto common = common_rows_.rows();
  const auto found = candidates_.find(scorer_, common, options_.ranking.candidates);
  for (const ItemRow row : found) {
    items_.stats.prefetch(row);
    factors_.prefetch(row);
  }
  find_had(moment.user);
  const auto is_had = [&](ItemRow row) { return had_filter_.passes(row) && had(moment.user, row); };
  untouched_.clear();
  for (std::uint32_t place = 0; place < common.size(); ++place) {
    if (scorer_.slots()[common[place]] == 0 && !is_had(common[place])) untouched_.push_back(place);
  }
  rows_.clear();
  std::ranges::copy_if(found, std::back_inserter(rows_),
                       [&](ItemRow row) { return !is_had(row) && eligible(nullptr, row); });
  touched_ = rows_.size();
  for (const std::uint32_t place : untouched_) rows_.push_back(common[place]);
  if (rows_.size() >= wanted) return;
  // Any others, from the catalogue's start.
  std::vector<ItemRow> more;
  for (ItemRow row = 0; row < items_.index.rows() && rows_.size() + more.size() < wanted; ++row) {
    if (eligible(moment.user, row) && find_row(rows_, row) == rows_.size()) more.push_back(row);
  }
  rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(touched_), more.begin(), more.end());
  touched_ += more.size();
}

// A filter before had(), which searches.
void Shard::find_had(const User* user) {
  if (!exclude_repeats_ || user == nullptr) return;
  if (!user->seen.bloom().empty()) return had_filter_.pass_all();
  had_rows_.clear();
  for (const ItemId item : user->seen.exact()) had_rows_.push_back(row_of(item));
  had_filter_.pass_only(had_rows_);
}

// Scores of the first touched_ of rows_, and the sums of their columns. What is not a number ranks last.
void Shard::score_touched(const Moment& moment) {
  const Blend& blend = current_blend();
  std::array<float, kColumnCount> sums;
  for (std::size_t first = 0; first < touched_; first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, touched_ - first);
    const Columns& columns = scorer_.fill(std::span(rows_).subspan(first, size));
    block_common_.resize(columns.padded_rows());
    block_scores_.resize(columns.padded_rows());
    blend.score(columns, kCommonColumns, moment.context, block_common_);
    blend.score(columns, kPersonalColumns, moment.context, block_scores_);
    for (std::size_t k = 0; k < size; ++k) {
      common_scores_.push_back(or_least(block_common_[k]));
      scores_.push_back(or_least(block_common_[k] + block_scores_[k]));
    }
    ones_.assign(columns.padded_rows(), 1.0F);
    std::fill(ones_.begin() + static_cast<std::ptrdiff_t>(size), ones_.end(), 0.0F);
    multiply_transposed(columns.matrix({0, kColumnCount}), ones_.data(), sums.data());
    for (std::size_t c = 0; c < kColumnCount; ++c) column_means_[c] += sums[c];
  }
}

// The same of the others, whose columns are mostly known or 0.
void Shard::score_untouched(const Moment& moment) {
  if (untouched_.empty()) return;
  const Blend& blend = current_blend();
  Columns& columns = common_rows_.block();
  scorer_.fill(Reach::user, moment, common_rows_.rows(), columns);
  block_common_.resize(columns.padded_rows());
  block_scores_.resize(columns.padded_rows());
  blend.score(columns, kCommonColumns, moment.context, block_common_);
  blend.score(columns, kUserColumns, moment.context, block_scores_);
  ones_.assign(columns.padded_rows(), 0.0F);
  for (const std::uint32_t place : untouched_) {
    common_scores_.push_back(or_least(block_common_[place]));
    scores_.push_back(or_least(block_common_[place] + block_scores_[place]));
    ones_[place] = 1.0F;
  }
  constexpr ColumnRange kFilled = {0, kUserColumns.first + kUserColumns.count};
  std::array<float, kFilled.count> sums;
  multiply_transposed(columns.matrix(kFilled), ones_.data(), sums.data());
  for (std::size_t c = 0; c < kFilled.count; ++c) column_means_[c] += sums[c];
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

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/shard.h"

// What lists have in common. The common part of a score is the score of a user of the same context of whom
// nothing else is known; what the user's own score has beyond it is personal.
namespace sluice::model {

namespace {
constexpr std::size_t kMostSeen = 256;
// Live lists are chosen among all items up to so many: what is not live is then surely below what is,
// whatever the weights prefer. It takes some milliseconds; beyond, the rows that are candidates of every list
// must do.
constexpr std::size_t kWholeCatalogue = 20'000;

Moment of_anybody(Moment moment) {
  moment.user = nullptr;
  moment.history = {};
  return moment;
}

float or_least(float score) {
  return std::isnan(score) ? -3e38F : score;
}
}  // namespace

bool Shard::nothing_personal(ItemRow row) const {
  return scorer_.signal<CovisitSignal>().sums()[row][0] == 0.0F &&
         scorer_.signal<LongtermSignal>().sums()[row][0] == 0.0F &&
         !scorer_.signal<PersonalSignal>().had(row);
}

// While the scorer still knows the moment.
void Shard::find_untouched() {
  untouched_.clear();
  for (std::uint32_t k = 0; k < rows_.size(); ++k) {
    if (nothing_personal(rows_[k])) untouched_.push_back(k);
  }
}

// Of the ranking of rows_ by scores_ in order_, of which the first are out.entries.
void Shard::split_scores(const Moment& moment, std::size_t kept, RankedList& out) {
  const Blend& blend = current_blend();
  common_scores_.resize(pad_to_lanes(rows_.size()));
  scorer_.begin(of_anybody(moment));
  for (std::size_t first = 0; first < rows_.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, rows_.size() - first);
    const Columns& columns = scorer_.fill(std::span(rows_).subspan(first, size));
    blend.score(columns, moment.context, std::span(common_scores_).subspan(first, columns.padded_rows()));
  }
  scorer_.end();
  for (float& score : common_scores_) score = or_least(score);
  for (std::size_t k = 0; k < out.entries.size(); ++k) out.entries[k].common = common_scores_[order_[k]];
  out.live.history = history_part(moment.history.size());
  out.live.last_take =
      moment.history.empty() ? Timestamp{} : from_unix_ms(std::int64_t{moment.history.back().seconds} * 1000);
  find_base(out.live);
  keep_entries(out.entries.size(), kept, out.live);
  if (exclude_repeats_ && moment.user != nullptr) gather_seen(moment, out.live);
}

// The median personal part of candidates with nothing personal; of all candidates if there are none such.
void Shard::find_base(LiveHandle& live) {
  personal_parts_.clear();
  for (const std::uint32_t k : untouched_) personal_parts_.push_back(scores_[k] - common_scores_[k]);
  if (personal_parts_.empty()) {
    for (std::size_t k = 0; k < rows_.size(); ++k) personal_parts_.push_back(scores_[k] - common_scores_[k]);
  }
  live.base = 0;
  if (personal_parts_.empty()) return;
  const auto median = personal_parts_.begin() + static_cast<std::ptrdiff_t>(personal_parts_.size() / 2);
  std::nth_element(personal_parts_.begin(), median, personal_parts_.end());
  live.base = *median;
}

// Those behind the list that come next; or that a reader, seeing them in the live list alone, would take to
// be as good, because their personal part is below the base.
void Shard::keep_entries(std::size_t shown, std::size_t kept, LiveHandle& live) {
  const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(shown);
  const std::size_t count = std::min(kept, order_.size() - shown);
  const auto worth = [&](std::uint32_t k) { return std::max(scores_[k], live.base + common_scores_[k]); };
  std::partial_sort(begin, begin + static_cast<std::ptrdiff_t>(count), order_.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      const float first = worth(a);
                      const float second = worth(b);
                      return first != second ? first > second : rows_[a] < rows_[b];
                    });
  for (std::size_t k = shown; k < shown + count; ++k) {
    RankedEntry& entry = live.kept.emplace_back();
    entry.item = items_.index.name(rows_[order_[k]]);
    entry.score = scores_[order_[k]];
    entry.common = common_scores_[order_[k]];
  }
  std::ranges::stable_sort(live.kept, std::greater<>{}, &RankedEntry::score);
}

// First those that live lists are made from; then the latest takes.
void Shard::gather_seen(const Moment& moment, LiveHandle& live) const {
  std::vector<ItemRow> rows;
  const auto add = [&](ItemRow row) {
    if (rows.size() < kMostSeen && std::ranges::find(rows, row) == rows.end()) rows.push_back(row);
  };
  const auto is_seen = [&](ItemRow row) {
    return items_.index.bound(row) &&
           moment.user->seen.contains(items_.index.id_of(row), [&] { return items_.index.name_hash(row); });
  };
  for (const ItemRow row : common_rows_) {
    if (is_seen(row)) add(row);
  }
  for (std::size_t k = moment.history.size(); k-- > 0 && rows.size() < kMostSeen;) {
    if (items_.index.alive(moment.history[k].item)) add(row_of(moment.history[k].item));
  }
  for (const ItemRow row : rows) live.seen.push_back(items_.index.name(row));
}

void Shard::rank_live(Timestamp now, std::size_t n, std::array<LiveRanking, kContexts>& out) {
  const Blend& blend = current_blend();
  for (LiveRanking& list : out) list.entries.clear();
  const auto all = items_.index.live();
  if (all.size() <= kWholeCatalogue) {
    rows_.assign(all.begin(), all.end());
  } else {
    gather_common_rows();
    rows_ = common_rows_;
    std::ranges::sort(rows_);
    rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  }
  std::erase_if(rows_, [&](ItemRow row) { return !eligible(nullptr, row); });
  std::vector<std::vector<float>> scores(kContexts, std::vector<float>(pad_to_lanes(rows_.size())));
  scorer_.begin(moment_of(nullptr, now));
  for (std::size_t first = 0; first < rows_.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, rows_.size() - first);
    const Columns& columns = scorer_.fill(std::span(rows_).subspan(first, size));
    for (std::uint32_t context = 0; context < kContexts; ++context) {
      blend.score(columns, context, std::span(scores[context]).subspan(first, columns.padded_rows()));
    }
  }
  scorer_.end();
  for (std::uint32_t context = 0; context < kContexts; ++context) {
    for (float& score : scores[context]) score = or_least(score);
    take_live(scores[context], n, out[context]);
  }
}

// The best of rows_ by these common parts.
void Shard::take_live(std::span<const float> common, std::size_t n, LiveRanking& out) {
  const std::size_t count = order_rows(common, n);
  for (std::size_t k = 0; k < count; ++k) {
    out.entries.push_back({items_.index.name(rows_[order_[k]]), common[order_[k]]});
  }
}

}  // namespace sluice::model

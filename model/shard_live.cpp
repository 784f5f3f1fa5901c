#include <algorithm>
#include <limits>

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
}  // namespace

// Of the ranking of rows_ by scores_, of which shown_ are out.entries.
void Shard::split_scores(const Moment& moment, std::size_t kept, RankedList& out) {
  out.live.history = history_part(moment.history.size());
  out.live.last_take =
      moment.history.empty() ? Timestamp{} : from_unix_ms(std::int64_t{moment.history.back().seconds} * 1000);
  find_base(out.live);
  keep_entries(kept, out.live);
  if (exclude_repeats_ && moment.user != nullptr) gather_seen(moment, out.live);
}

// Over at most kBaseSample of n candidates.
std::size_t Shard::base_step(std::size_t n) {
  constexpr std::size_t kBaseSample = 51;
  static_assert(kBaseSample <= kMostCounted);
  return 1 + n / kBaseSample;
}

// The median personal part of candidates with nothing personal, over a sample. If there are none such, what
// the others would have without what they have to do with the user: with few items known all of them are
// the user's own, and an item that is new is not like these.
void Shard::find_base(LiveHandle& live) {
  for (std::size_t k = 0; k < untouched_; k += base_step(untouched_)) {
    personal_parts_.push_back(scores_[k] - common_scores_[k]);
  }
  live.base = 0;
  if (personal_parts_.empty()) return;
  live.base = nth_greatest(personal_parts_, (personal_parts_.size() + 1) / 2);
}

// Those behind the list, which is shown_, that come next; or that a reader, seeing them in the live list
// alone, would take to be as good, because their personal part is below the base.
void Shard::keep_entries(std::size_t kept, LiveHandle& live) {
  block_scores_.resize(rows_.size());
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    block_scores_[k] = std::max(scores_[k], live.base + common_scores_[k]);
  }
  for (const BestRows::Entry& best : shown_) {
    block_scores_[best.place] = -std::numeric_limits<float>::infinity();
  }
  const std::size_t behind = rows_.size() - shown_.size();
  const auto next = best_rows_.take(block_scores_, rows_, std::min(kept, behind));
  kept_.assign(next.begin(), next.end());
  std::ranges::sort(kept_, [&](const BestRows::Entry& a, const BestRows::Entry& b) {
    return scores_[a.place] != scores_[b.place] ? scores_[a.place] > scores_[b.place] : a.row < b.row;
  });
  for (const BestRows::Entry& entry : kept_) live.kept.push_back(entry_of(entry.place));
}

// First those that live lists are made from, and those that are new in this epoch, because live lists are
// about to hold them; then the latest takes. Between two moments of the scorer.
void Shard::gather_seen(const Moment& moment, LiveHandle& live) {
  RowSlots& slots = scorer_.slots();
  slots.reserve(kMostSeen);
  const auto add_takes = [&](auto wanted) {
    for (std::size_t k = moment.history.size(); k-- > 0 && slots.rows().size() < kMostSeen;) {
      if (wanted(moment.history[k].item)) slots.add(row_of(moment.history[k].item));
    }
  };
  if (exchange_.has_new()) add_takes([&](ItemId item) { return exchange_.is_new(item); });
  for (const ItemRow row : had_common_) {
    if (slots.rows().size() == kMostSeen) break;
    slots.add(row);
  }
  add_takes([&](ItemId item) { return items_.index.alive(item); });
  for (const ItemRow row : slots.rows()) live.seen.push_back(exchange_.name(row));
  slots.reset();
}

void Shard::rank_live(Timestamp now, std::size_t n, std::array<LiveRanking, kContexts>& out) {
  const Blend& blend = current_blend();
  for (LiveRanking& list : out) list.entries.clear();
  const auto all = items_.index.live();
  if (all.size() <= kWholeCatalogue) {
    rows_.assign(all.begin(), all.end());
    std::erase_if(rows_, [&](ItemRow row) { return !eligible(nullptr, row); });
  } else {
    gather_common_rows(now);
    rows_.assign(common_rows_.rows().begin(), common_rows_.rows().end());
    std::ranges::sort(rows_);
  }
  std::vector<std::vector<float>> scores(kContexts, std::vector<float>(pad_to_lanes(rows_.size())));
  Columns block(kColumnCount);
  for (std::size_t first = 0; first < rows_.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, rows_.size() - first);
    block.set_rows(size);
    scorer_.fill(Reach::everybody, moment_of(nullptr, now), std::span(rows_).subspan(first, size), block);
    for (std::uint32_t context = 0; context < kContexts; ++context) {
      blend.score(block, kCommonColumns, context,
                  std::span(scores[context]).subspan(first, block.padded_rows()));
    }
  }
  for (std::uint32_t context = 0; context < kContexts; ++context) {
    for (float& score : scores[context]) score = or_least(score);
    take_live(std::span(scores[context]).first(rows_.size()), n, out[context]);
  }
}

// The best of rows_ by these common parts.
void Shard::take_live(std::span<const float> common, std::size_t n, LiveRanking& out) {
  for (const BestRows::Entry& best : best_rows_.take(common, rows_, n)) {
    out.entries.push_back({items_.index.name(best.row), common[best.place]});
  }
}

}  // namespace sluice::model

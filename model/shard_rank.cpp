#include <algorithm>

#include "model/shard.h"

namespace sluice::model {

namespace {
constexpr std::size_t kMostNumbered = 16'384;  // items that a user had: of more there would be too many slots
constexpr std::size_t kAskedTakes = 128;       // of a history: more would not stay in the caches
constexpr std::uint64_t kTopRowsAge = 32;  // events after which one shard looks for the most popular again
// Those of common rows; the others are 0 of what is untouched.
constexpr ColumnRange kUntouchedColumns = {0, kTouchedColumns.first};
}  // namespace

bool Shard::rank(UserRef ref, Timestamp now, std::size_t n, RankedList& out, std::size_t kept) {
  const User* const known = sound_user(ref);
  if (known == nullptr) return false;
  out.user = user_name(ref);
  out.offset = known->offset;
  out.event_time = known->last_event;
  rank_moment(moment_of(known, now), n, kept, out);
  return true;
}

void Shard::look_ahead(std::span<const UserRef> next) const {
  const auto table_of = [&](UserRef user) {
    const PartitionUsers* const users = users_of(user.partition);
    return users == nullptr ? nullptr : &users->table;
  };
  if (next.size() > 2) {
    if (const UserTable* const table = table_of(next[2])) table->prefetch_user(next[2].row);
  }
  if (next.size() > 1) {
    if (const UserTable* const table = table_of(next[1])) table->prefetch_history(next[1].row);
  }
  if (next.empty()) return;
  const User* const known = user(next[0]);
  if (known == nullptr) return;
  const std::span history = known->history;
  for (const HistoryEntry& entry : history.last(std::min(history.size(), kAskedTakes))) {
    items_.index.prefetch_life(row_of(entry.item));
    scorer_.slots().prefetch(row_of(entry.item));
  }
  visit_neighbours(known->history, [](const NeighbourTable& of, ItemRow item) { of.prefetch(item); });
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
  rows_.clear();
  scores_.clear();
  common_scores_.clear();
  column_means_.fill(0);
  find_candidates(moment);
  score_common(moment);
  take_found(moment, n + kept);
  score_found(moment);
  for (float& mean : column_means_) mean /= static_cast<float>(std::max<std::size_t>(1, rows_.size()));

  shown_ = best_rows_.take(scores_, rows_, n);
  out.entries.clear();
  for (const BestRows::Entry& best : shown_) out.entries.push_back(entry_of(best.place));
  explain(moment, out.entries);
  scorer_.end();
  out.live.split = kept > 0;
  out.live.kept.clear();
  out.live.seen.clear();
  if (kept > 0) split_scores(moment, kept, out);
}

RankedEntry Shard::entry_of(std::size_t place) const {
  RankedEntry entry;
  entry.item = items_.index.name(rows_[place]);
  entry.score = scores_[place];
  entry.common = common_scores_[place];
  return entry;
}

// The common rows into rows_, first those that have nothing personal to the user; what else there is for this
// user into found_, which is being fetched meanwhile.
void Shard::find_candidates(const Moment& moment) {
  const auto common = common_rows_.rows();
  find_had(moment.user);
  found_ = candidates_.find(scorer_, common, had_slots_, options_.ranking.candidates);
  for (const ItemRow row : found_) {
    items_.stats.prefetch(row);
    factors_.prefetch(row);
  }
  // Without branches on what the user knows, because none could be foretold.
  const RowSlots& slots = scorer_.slots();
  places_.resize(common.size());
  touched_places_.resize(common.size());
  untouched_ = 0;
  std::size_t touched = 0;
  had_common_.clear();
  for (std::uint32_t place = 0; place < common.size(); ++place) {
    const std::uint32_t slot = slots[common[place]];
    if (is_had(moment, common[place])) {
      had_common_.push_back(common[place]);
      continue;
    }
    places_[untouched_] = place;
    untouched_ += static_cast<std::size_t>(slot == 0);
    touched_places_[touched] = place;
    touched += static_cast<std::size_t>(slot != 0);
  }
  std::copy_n(touched_places_.begin(), touched, places_.begin() + static_cast<std::ptrdiff_t>(untouched_));
  places_.resize(untouched_ + touched);
  for (const std::uint32_t place : places_) rows_.push_back(common[place]);
}

// The eligible ones of found_ to rows_, and where that is fewer than wanted, any others from the catalogue's
// start.
void Shard::take_found(const Moment& moment, std::size_t wanted) {
  std::ranges::copy_if(found_, std::back_inserter(rows_),
                       [&](ItemRow row) { return !is_had(moment, row) && eligible(nullptr, row); });
  for (ItemRow row = 0; row < items_.index.rows() && rows_.size() < wanted; ++row) {
    if (eligible(moment.user, row) && find_row(rows_, row) == rows_.size()) rows_.push_back(row);
  }
}

// The same as had(), which searches, for the user of find_had() until the scorer's end.
bool Shard::is_had(const Moment& moment, ItemRow row) const {
  return had_slots_[scorer_.slots()[row]] != 0 || (asks_seen_ && had(moment.user, row));
}

void Shard::find_had(const User* user) {
  RowSlots& slots = scorer_.slots();
  const bool excludes = exclude_repeats_ && user != nullptr;
  const bool numbers = excludes && user->seen.exact().size() <= kMostNumbered;
  const auto exact = numbers ? user->seen.exact() : std::span<const ItemId>();
  asks_seen_ = excludes && (!numbers || !user->seen.bloom().empty());
  slots.reserve(exact.size());
  had_slots_.assign(slots.rows().size() + exact.size() + 1, 0);
  for (const ItemId item : exact) {
    if (items_.index.alive(item)) had_slots_[slots.add(row_of(item))] = 1;
  }
  had_slots_.resize(slots.rows().size() + 1);
}

// Scores of the common rows, whose columns are mostly known. What is not a number ranks last.
void Shard::score_common(const Moment& moment) {
  const Blend& blend = current_blend();
  personal_parts_.clear();
  if (places_.empty()) return;
  Columns& columns = common_rows_.block();
  scorer_.fill(Reach::user, moment, common_rows_.rows(), columns);
  block_common_.resize(columns.padded_rows());
  block_scores_.resize(columns.padded_rows());
  blend.score(columns, kCommonColumns, moment.context, block_common_);
  blend.score(columns, kUserColumns, moment.context, block_scores_);
  counted_.assign(columns.padded_rows(), 0.0F);
  for (const std::uint32_t place : places_) {
    common_scores_.push_back(or_least(block_common_[place]));
    scores_.push_back(or_least(block_common_[place] + block_scores_[place]));
    counted_[place] = 1.0F;
  }
  if (untouched_ == 0) {
    for (std::size_t k = 0; k < places_.size(); k += base_step(places_.size())) {
      personal_parts_.push_back(or_least(block_scores_[places_[k]]));
    }
  }
  add_means(columns, kUntouchedColumns);

  const auto touched = std::span(rows_).subspan(untouched_);
  if (touched.empty()) return;
  score_touched(moment, touched);
  for (std::size_t k = 0; k < touched.size(); ++k) {
    scores_[untouched_ + k] = or_least(scores_[untouched_ + k] + block_scores_[k]);
  }
  count_all(touched_);
  add_means(touched_, kTouchedColumns);
}

// The touched columns of at most a block of rows, into touched_, and what they add to scores, into
// block_scores_.
void Shard::score_touched(const Moment& moment, std::span<const ItemRow> rows) {
  touched_.set_rows(rows.size());
  scorer_.fill(Reach::touched, moment, rows, touched_);
  block_scores_.resize(touched_.padded_rows());
  current_blend().score(touched_, kTouchedColumns, moment.context, block_scores_);
}

// The same of what else there is for this user.
void Shard::score_found(const Moment& moment) {
  const Blend& blend = current_blend();
  const auto found = std::span(rows_).subspan(places_.size());
  for (std::size_t first = 0; first < found.size(); first += Columns::kBlock) {
    const std::size_t size = std::min(Columns::kBlock, found.size() - first);
    if (found_blocks_.size() <= first / Columns::kBlock) found_blocks_.emplace_back(kColumnCount);
    Columns& columns = found_blocks_[first / Columns::kBlock];
    scorer_.fill(found.subspan(first, size), columns);
    block_common_.resize(columns.padded_rows());
    block_scores_.resize(columns.padded_rows());
    blend.score(columns, kCommonColumns, moment.context, block_common_);
    blend.score(columns, kPersonalColumns, moment.context, block_scores_);
    for (std::size_t k = 0; k < size; ++k) {
      common_scores_.push_back(or_least(block_common_[k]));
      scores_.push_back(or_least(block_common_[k] + block_scores_[k]));
    }
    count_all(columns);
    add_means(columns, {0, kColumnCount});
  }
}

void Shard::count_all(const Columns& columns) {
  counted_.assign(columns.padded_rows(), 0.0F);
  std::fill_n(counted_.begin(), columns.rows(), 1.0F);
}

// The counted_ rows of a block.
void Shard::add_means(const Columns& columns, ColumnRange range) {
  std::array<float, kColumnCount> sums;
  multiply_transposed(columns.matrix(range), counted_.data(), sums.data());
  for (std::size_t k = 0; k < range.count; ++k) column_means_[range.first + k] += sums[k];
}

// The features of the item in that place of rows_, one lane of `out`.
void Shard::gather_features(std::size_t place, std::size_t lane, std::span<LaneFloats> out) const {
  const auto copy = [&](const Columns& columns, ColumnRange range, std::size_t at) {
    for (std::size_t c = range.first; c < range.first + range.count; ++c) out[c][lane] = columns[c][at];
  };
  if (place >= places_.size()) {
    const std::size_t found = place - places_.size();
    return copy(found_blocks_[found / Columns::kBlock], {0, kColumnCount}, found % Columns::kBlock);
  }
  copy(common_rows_.block(), kUntouchedColumns, places_[place]);
  if (place < untouched_) {
    for (std::size_t c = kTouchedColumns.first; c < kColumnCount; ++c) out[c][lane] = 0;
  } else {
    copy(touched_, kTouchedColumns, place - untouched_);
  }
}

// The columns that lift each of the entries, which are shown_, most above the average candidate.
void Shard::explain(const Moment& moment, std::span<RankedEntry> entries) const {
  const Blend& blend = current_blend();
  std::array<LaneFloats, kColumnCount> gains{};
  for (std::size_t first = 0; first < entries.size(); first += kLanes) {
    const auto some = entries.subspan(first, std::min(kLanes, entries.size() - first));
    for (std::size_t lane = 0; lane < some.size(); ++lane) {
      gather_features(shown_[first + lane].place, lane, gains);
    }
    for (std::size_t c = 0; c < kColumnCount; ++c) {
      const float weight = blend.weight(moment.context, c);
      for (float& gain : gains[c]) gain = weight * (gain - column_means_[c]);
    }
    const ThreeRows strongest = three_greatest(gains);
    for (std::size_t k = 0; k < some.size(); ++k) {
      for (std::size_t w = 0; w < some[k].why.size(); ++w) {
        const std::uint32_t column = strongest[w][k];
        some[k].why[w] = column < kColumnCount ? static_cast<std::uint8_t>(column) : RankedEntry::kNoColumn;
      }
    }
  }
}

void Shard::score_all(PartitionId partition, std::string_view name, Timestamp now, const Visit& visit) {
  const Blend& blend = current_blend();
  const auto found = find(partition, name);
  const Moment moment = moment_of(found ? sound_user(*found) : nullptr, now);
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

#include "cli/prequential.h"

#include <time.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::cli {

namespace {
constexpr float kUnranked = -std::numeric_limits<float>::infinity();
constexpr std::uint64_t kProgressEvents = 2'000;

config::Options evaluation_options(const Prequential::Options& options) {
  config::Options config = options.config;
  config.limits.seen_per_user = std::numeric_limits<std::uint32_t>::max();  // exact, as the protocol asks
  return config;
}

bool has_seen(const model::User& user, model::ItemId item) {
  return user.seen.contains(item, [] { return std::uint64_t{0}; });  // the set is exact, no filter is asked
}

int shard_of(const std::string& user, int shards) {
  return static_cast<int>(XXH3_64bits(user.data(), user.size()) % static_cast<std::uint64_t>(shards));
}
}  // namespace

void CpuClock::resume() {
  if (!running_) began_ = now();
  running_ = true;
}

void CpuClock::pause() {
  if (running_) seconds_ += now() - began_;
  running_ = false;
}

double CpuClock::now() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void RankSums::add(std::uint64_t rank) {
  ++scored;
  if (rank == 0) return;
  if (rank <= 10) ++hits10;
  if (rank <= 20) ++hits20;
  if (rank <= 20) reciprocal20 += 1.0 / static_cast<double>(rank);
  if (rank <= 100) dcg100 += 1.0 / std::log2(static_cast<double>(rank) + 1.0);
}

Prequential::Prequential(const Options& options, OnScored on_scored)
    : options_(options),
      on_scored_(std::move(on_scored)),
      model_(evaluation_options(options), options.shards),
      columns_(model_.columns().size()) {
  for (int shard = 0; shard < options_.shards; ++shard) model_.shard(shard).assign(PartitionId{shard});
}

PrequentialFigures Prequential::run(std::span<const Event> events, const Progress& progress) {
  total_ = events.size();
  first_scored_ = static_cast<std::uint64_t>(options_.warm_up * static_cast<double>(total_));
  std::uint64_t next_progress = kProgressEvents;
  std::uint64_t first = 0;
  while (first < events.size()) {
    std::uint64_t last = first + 1;
    while (last < events.size() && events[last].time == events[first].time) ++last;
    evaluate_timestamp(events, first, last);
    first = last;
    if (progress && first >= next_progress) {
      next_progress = first + kProgressEvents;
      if (!progress(figures_, first)) break;
    }
  }
  model_.merge();
  learn_clock_.pause();
  figures_.learn_cpu_seconds = learn_clock_.seconds();
  figures_.events = first;
  figures_.users = model_.stats().users;
  figures_.items = model_.stats().items;
  const auto shown = std::count(in_some_top_ten_.begin(), in_some_top_ten_.end(), 1);
  figures_.coverage10 =
      static_cast<double>(shown) / static_cast<double>(std::max<std::uint64_t>(1, figures_.items));
  figures_.novelty10 = novelty_sum_ / static_cast<double>(std::max<std::uint64_t>(1, novelty_count_));
  return figures_;
}

// Events of one timestamp: one group for each user, in the order of their first events.
void Prequential::evaluate_timestamp(std::span<const Event> events, std::uint64_t first, std::uint64_t last) {
  std::vector<Indices> groups;
  std::unordered_map<std::string_view, std::size_t> group_of;
  for (std::uint64_t index = first; index < last; ++index) {
    const auto [at, added] = group_of.try_emplace(events[index].user, groups.size());
    if (added) groups.emplace_back();
    groups[at->second].push_back(index);
  }
  for (const Indices& group : groups) {
    merge_if_due(events[first].time);
    score(events, group);
    learn(events, group);
  }
}

void Prequential::merge_if_due(Timestamp now) {
  if (options_.shards == 1) return;
  const bool late = epoch_began_ != Timestamp::max() && now - epoch_began_ >= options_.config.epoch.max_span;
  if (late || model_.wants_merge()) {
    model_.merge();
    epoch_began_ = Timestamp::max();
  }
}

bool Prequential::is_scored(const Event& event, std::uint64_t index) const {
  return index >= first_scored_ && index % options_.score_every == 0 && event.weight > 0;
}

void Prequential::score(std::span<const Event> events, const Indices& group) {
  if (std::none_of(group.begin(), group.end(), [&](std::uint64_t i) { return is_scored(events[i], i); }))
    return;
  learn_clock_.pause();
  const Event& head = events[group.front()];
  const int index = shard_of(head.user, options_.shards);
  model::Shard& shard = model_.shard(index);
  const model::User* const user = shard.user(PartitionId{index}, head.user);
  const model::ItemState& items = model_.items();
  const bool exclude = options_.config.ranking.repeats == "exclude" && user != nullptr;
  const auto live = items.index.live();
  for (auto& column : columns_) column.resize(live.size());
  scores_.resize(live.size());
  ranked_.resize(live.size());
  shard.score_all(PartitionId{index}, head.user, head.time,
                  [&](std::size_t first, const model::Columns& columns, std::span<const float> scores) {
                    for (std::size_t c = 0; c < columns_.size(); ++c) {
                      std::copy(columns[c].begin(), columns[c].end(), &columns_[c][first]);
                    }
                    for (std::size_t k = 0; k < scores.size(); ++k) {
                      const model::ItemRow row = live[first + k];
                      const bool ranked = items.stats[row].events > 0 &&
                                          !(exclude && has_seen(*user, items.index.id_of(row)));
                      ranked_[first + k] = static_cast<char>(ranked);
                      scores_[first + k] = ranked && !std::isnan(scores[k]) ? scores[k] : kUnranked;
                    }
                  });
  note_top_ten();
  for (const std::uint64_t i : group) {
    if (is_scored(events[i], i)) score_event(i, events[i].item, exclude ? user : nullptr, user == nullptr);
  }
}

// `user`: whose items had are neither ranked nor scored; nullptr: repeats are included.
void Prequential::score_event(std::uint64_t index, const std::string& item, const model::User* user,
                              bool new_user) {
  const model::ItemState& items = model_.items();
  const model::ItemId id = items.index.find(item);
  const bool known = id != model::ItemIndex::kNoItem && items.stats[model::row_of(id)].events > 0;
  if (known && user != nullptr && has_seen(*user, id)) return;
  const std::size_t place = known ? items.index.live_place(model::row_of(id)) : 0;
  const std::uint64_t rank = known ? rank_of(scores_, place) : 0;
  figures_.blend.add(rank);
  if (new_user) figures_.new_users.add(rank);
  const std::uint64_t window =
      (index - first_scored_) * PrequentialFigures::kWindows / (total_ - first_scored_);
  figures_.curve[window].add(rank);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    figures_.parts[model_.columns()[c]].add(known ? rank_of(columns_[c], place) : 0);
  }
  if (on_scored_) on_scored_(index, rank);
}

// Ties count against us, and what is not a number ranks last.
std::uint64_t Prequential::rank_of(std::span<const float> scores, std::size_t place) const {
  const float ours = scores[place];
  std::uint64_t rank = 0;
  if (std::isnan(ours)) {
    for (const char ranked : ranked_) rank += static_cast<std::uint64_t>(ranked);
    return rank;
  }
  std::uint32_t greater_or_equal = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    greater_or_equal +=
        static_cast<std::uint32_t>(scores[k] >= ours) & static_cast<std::uint32_t>(ranked_[k]);
  }
  return greater_or_equal;
}

void Prequential::note_top_ten() {
  std::vector<std::pair<float, model::ItemRow>> best;
  const auto live = model_.items().index.live();
  for (std::size_t place = 0; place < live.size(); ++place) {
    if (scores_[place] == kUnranked) continue;
    if (best.size() == 10 && scores_[place] <= best.front().first) continue;
    if (best.size() == 10) {
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.pop_back();
    }
    best.emplace_back(scores_[place], live[place]);
    std::push_heap(best.begin(), best.end(), std::greater<>());
  }
  in_some_top_ten_.resize(model_.items().index.rows());
  const auto events = static_cast<double>(std::max<std::uint64_t>(1, figures_.events));
  for (const auto& [score, row] : best) {
    in_some_top_ten_[row] = 1;
    novelty_sum_ -= std::log2(static_cast<double>(model_.items().stats[row].events) / events);
    ++novelty_count_;
  }
}

void Prequential::learn(std::span<const Event> events, const Indices& group) {
  const Event& head = events[group.front()];
  const int index = shard_of(head.user, options_.shards);
  lines_.clear();
  for (const std::uint64_t i : group) {
    lines_.push_back(
        {events[i].item, events[i].weight, events[i].value, Offset{static_cast<std::int64_t>(i)}});
  }
  epoch_began_ = std::min(epoch_began_, head.time);
  learn_clock_.resume();
  model_.shard(index).learn({PartitionId{index}, head.user, head.time, lines_});
  figures_.events += group.size();
}

}  // namespace sluice::cli

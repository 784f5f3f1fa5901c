#include "cli/prequential.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "cli/baseline_recommender.h"
#include "cli/model_recommender.h"
#include "model/baselines/baseline.h"
#include "model/item_index.h"

namespace sluice::cli {

namespace {
constexpr std::uint64_t kProgressEvents = 2'000;
constexpr std::size_t kMostShown = 100;  // as deep as any figure looks

// The rank of the item at that place. Ties count against us, and what is not a number ranks last.
std::uint64_t rank_of(std::span<const float> scores, std::span<const char> takes_part, std::size_t place) {
  const float ours = scores[place];
  std::uint64_t rank = 0;
  if (std::isnan(ours)) {
    for (const char ranked : takes_part) rank += static_cast<std::uint64_t>(ranked);
    return rank;
  }
  std::uint32_t greater_or_equal = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    greater_or_equal +=
        static_cast<std::uint32_t>(scores[k] >= ours) & static_cast<std::uint32_t>(takes_part[k]);
  }
  return greater_or_equal;
}

// Behind the last event of the same time as the first; a control event stands alone.
std::uint64_t end_of_timestamp(std::span<const Prequential::Event> events, std::uint64_t first) {
  std::uint64_t last = first + 1;
  if (events[first].control) return last;
  while (last < events.size() && !events[last].control && events[last].time == events[first].time) ++last;
  return last;
}

ingest::Control control_of(const Prequential::Event& event) {
  return {*event.control, event.user, event.item, event.time};
}

std::unique_ptr<Recommender> make_recommender(const Prequential::Options& options) {
  const config::Options& config = options.config;
  const baselines::BaselineInfo* const baseline = baselines::find_baseline(config.model);
  if (baseline == nullptr) return std::make_unique<ModelRecommender>(config, options.shards);
  return std::make_unique<BaselineRecommender>(
      baselines::make_baseline(*baseline, config.model.parameters, config.seed),
      config.ranking.repeats == "exclude");
}
}  // namespace

void RankSums::add(std::uint64_t rank) {
  ++scored;
  if (rank == 0) return;
  if (rank <= 10) ++hits10;
  if (rank <= 20) ++hits20;
  if (rank <= 20) reciprocal20 += 1.0 / static_cast<double>(rank);
  if (rank <= 100) dcg100 += 1.0 / std::log2(static_cast<double>(rank) + 1.0);
}

void CurveSums::add(std::size_t window, std::uint64_t rank) {
  RankSums::add(rank);
  windows[window].add(rank);
}

void ErrorSums::add(double error) {
  ++predicted;
  squares += error * error;
  absolutes += std::abs(error);
}

double ErrorSums::rmse() const {
  return predicted == 0 ? 0 : std::sqrt(squares / static_cast<double>(predicted));
}

double ErrorSums::mae() const {
  return predicted == 0 ? 0 : absolutes / static_cast<double>(predicted);
}

Prequential::Prequential(const Options& options, OnScored on_scored)
    : options_(options), on_scored_(std::move(on_scored)), recommender_(make_recommender(options)) {
  if (!options.published) return;
  auto* const model = dynamic_cast<ModelRecommender*>(recommender_.get());
  assert(model != nullptr);
  lists_ = std::make_unique<PublishedLists>(options.config, *model);
  figures_.published.emplace();
}

PrequentialFigures Prequential::run(std::span<const Event> events, const Progress& progress) {
  total_ = events.size();
  first_scored_ = static_cast<std::uint64_t>(options_.warm_up * static_cast<double>(total_));
  if (lists_) expect_lists(events);
  std::uint64_t next_progress = kProgressEvents;
  std::uint64_t first = 0;
  std::uint64_t controls = 0;
  while (first < events.size()) {
    const std::uint64_t last = end_of_timestamp(events, first);
    if (events[first].control) {
      recommender_->carry_out(control_of(events[first]));
      ++controls;
    } else {
      evaluate_timestamp(events, first, last);
    }
    first = last;
    if (progress && first >= next_progress) {
      next_progress = first + kProgressEvents;
      if (!progress(figures_, first)) break;
    }
  }
  learn_clock_.pause();
  figures_.learn_cpu_seconds = learn_clock_.seconds();
  const Recommender::Counts counts = recommender_->finish();
  figures_.lists_per_second = counts.lists_per_second;
  figures_.candidates_recall10 = counts.candidates_recall10;
  figures_.events = first - controls;
  figures_.users = counts.users;
  figures_.items = counts.items;
  const auto shown = std::count(in_some_top_ten_.begin(), in_some_top_ten_.end(), 1);
  figures_.coverage10 =
      static_cast<double>(shown) / static_cast<double>(std::max<std::uint64_t>(1, figures_.items));
  figures_.novelty10 = novelty_sum_ / static_cast<double>(std::max<std::uint64_t>(1, novelty_count_));
  return figures_;
}

// Events of one timestamp: one group for each user, in the order of their first events.
std::vector<Prequential::Indices> Prequential::groups_of(std::span<const Event> events, std::uint64_t first,
                                                         std::uint64_t last) const {
  std::vector<Indices> groups;
  std::unordered_map<std::string_view, std::size_t> group_of;
  for (std::uint64_t index = first; index < last; ++index) {
    const auto [at, added] = group_of.try_emplace(events[index].user, groups.size());
    if (added) groups.emplace_back();
    groups[at->second].push_back(index);
  }
  return groups;
}

bool Prequential::is_scored(std::span<const Event> events, const Indices& group) const {
  return std::ranges::any_of(group, [&](std::uint64_t i) { return is_scored(events[i], i); });
}

void Prequential::expect_lists(std::span<const Event> events) {
  std::uint64_t first = 0;
  while (first < events.size()) {
    const std::uint64_t last = end_of_timestamp(events, first);
    const auto groups = events[first].control ? std::vector<Indices>{} : groups_of(events, first, last);
    for (const Indices& group : groups) {
      const Event& head = events[group.front()];
      lists_->expect(head.user, head.time,
                     is_scored(events, group) ? std::optional(group.front()) : std::nullopt);
    }
    first = last;
  }
  lists_->all_expected();
}

void Prequential::evaluate_timestamp(std::span<const Event> events, std::uint64_t first, std::uint64_t last) {
  if (lists_) {
    learn_clock_.pause();
    lists_->advance_to(events[first].time);
  }
  for (const Indices& group : groups_of(events, first, last)) {
    recommender_->advance_to(events[first].time);
    score(events, group);
    learn(events, group);
  }
}

bool Prequential::is_scored(const Event& event, std::uint64_t index) const {
  return index >= first_scored_ && index % options_.score_every == 0 && event.weight > 0;
}

void Prequential::score(std::span<const Event> events, const Indices& group) {
  if (!is_scored(events, group)) return;
  learn_clock_.pause();
  const Event& head = events[group.front()];
  if (lists_) shown_ = lists_->take(group.front(), head.time, kMostShown);
  const Ranking& ranking = recommender_->rank(head.user, head.time);
  note_top_ten(ranking);
  for (const std::uint64_t i : group) {
    if (is_scored(events[i], i)) score_event(events[i], i, ranking);
  }
}

void Prequential::score_event(const Event& event, std::uint64_t index, const Ranking& ranking) {
  const std::optional<std::size_t> place = recommender_->place_of(event.item);
  if (place && ranking.ranked[*place] == 0) return;  // had before: repeats are excluded
  const auto rank_by = [&](std::span<const float> scores) {
    return place ? rank_of(scores, ranking.ranked, *place) : 0;
  };
  const std::uint64_t requested = rank_by(ranking.scores);
  const std::uint64_t rank = lists_ ? published_rank(event, requested) : requested;
  const std::uint64_t window = (index - first_scored_) * CurveSums::kWindows / (total_ - first_scored_);
  figures_.blend.add(window, rank);
  if (!ranking.known_user) figures_.new_users.add(rank);
  for (std::size_t c = 0; c < ranking.columns.size(); ++c) {
    figures_.parts[recommender_->columns()[c]].add(window, rank_by(ranking.columns[c]));
  }
  predict_value(event);
  if (on_scored_) on_scored_(index, rank);
}

std::uint64_t Prequential::published_rank(const Event& event, std::uint64_t requested) {
  const std::uint64_t item = model::hash_item_name(event.item);
  const auto rank_in = [&](const std::vector<std::uint64_t>& list) -> std::uint64_t {
    const auto found = std::ranges::find(list, item);
    return found == list.end() ? 0 : static_cast<std::uint64_t>(found - list.begin()) + 1;
  };
  const std::uint64_t merged = rank_in(shown_.merged);
  const std::uint64_t unmerged = rank_in(shown_.plain);
  figures_.published->requested.add(requested);
  figures_.published->merged.add(merged);
  figures_.published->unmerged.add(unmerged);
  return options_.merge ? merged : unmerged;
}

// Predictions are clamped to the range of values seen so far.
void Prequential::predict_value(const Event& event) {
  if (!event.has_value || least_value_ > greatest_value_) return;
  const auto predicted = recommender_->predict(event.user, event.item, event.time);
  if (!predicted) return;
  const double clamped = std::clamp(static_cast<double>(*predicted), least_value_, greatest_value_);
  figures_.errors.add(static_cast<double>(event.value) - clamped);
}

void Prequential::note_top_ten(const Ranking& ranking) {
  std::vector<std::pair<float, std::size_t>> best;
  for (std::size_t place = 0; place < ranking.scores.size(); ++place) {
    const float score = ranking.scores[place];
    if (std::isinf(score) && score < 0) continue;  // not ranked
    if (best.size() == 10 && score <= best.front().first) continue;
    if (best.size() == 10) {
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.pop_back();
    }
    best.emplace_back(score, place);
    std::push_heap(best.begin(), best.end(), std::greater<>());
  }
  const auto events = static_cast<double>(std::max<std::uint64_t>(1, figures_.events));
  for (const auto& [score, place] : best) {
    const std::uint32_t item = recommender_->number_at(place);
    if (item >= in_some_top_ten_.size()) in_some_top_ten_.resize(item + 1);
    in_some_top_ten_[item] = 1;
    novelty_sum_ -= std::log2(static_cast<double>(recommender_->events_at(place)) / events);
    ++novelty_count_;
  }
}

void Prequential::learn(std::span<const Event> events, const Indices& group) {
  const Event& head = events[group.front()];
  lines_.clear();
  for (const std::uint64_t i : group) {
    const Event& event = events[i];
    lines_.push_back({event.item, event.weight, event.has_value ? std::optional(event.value) : std::nullopt});
    if (!event.has_value) continue;
    least_value_ = std::min(least_value_, static_cast<double>(event.value));
    greatest_value_ = std::max(greatest_value_, static_cast<double>(event.value));
  }
  learn_clock_.resume();
  recommender_->learn(head.user, head.time, lines_, group.front());
  figures_.events += group.size();
}

}  // namespace sluice::cli

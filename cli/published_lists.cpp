#include "cli/published_lists.h"

#include <algorithm>
#include <tuple>

namespace sluice::cli {

namespace {
// The latest multiple of the interval.
Timestamp tick(Timestamp now, std::chrono::milliseconds interval) {
  return Timestamp{std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) / interval *
                   interval};
}
}  // namespace

PublishedLists::PublishedLists(const config::Options& options, ModelRecommender& model)
    : options_(options), model_(model), policy_(options.publish) {}

void PublishedLists::expect(const std::string& user, Timestamp time, std::optional<std::uint64_t> index) {
  const auto [at, added] = numbers_.try_emplace(user, static_cast<std::uint32_t>(writes_.size()));
  if (added) {
    names_.push_back(&at->first);
    writes_.emplace_back();
  }
  pipeline::UserWrites& writes = writes_[at->second];
  if (index) {
    const auto written = writes.last(policy_, time);
    if (written) {
      tasks_.push_back({*written, *index, at->second, Kind::user});
    } else {
      tasks_.push_back({tick(time, options_.publish.popular_interval), 0, 0, Kind::popular});
    }
    tasks_.push_back({tick(time, options_.publish.live_interval), 0, 0, Kind::live});
  }
  writes.event(policy_, time);
}

void PublishedLists::all_expected() {
  const auto order = [](const Task& task) { return std::tuple(task.at, task.kind, task.index, task.user); };
  std::ranges::sort(tasks_, {}, order);
  const auto same = std::ranges::unique(tasks_, {}, order);
  tasks_.erase(same.begin(), same.end());
}

void PublishedLists::advance_to(Timestamp now) {
  for (; next_task_ < tasks_.size() && tasks_[next_task_].at <= now; ++next_task_) make(tasks_[next_task_]);
}

void PublishedLists::make(const Task& task) {
  const std::size_t kept = options_.publish.kept_entries;
  const std::size_t shown = options_.ranking.list_size + options_.ranking.spare_entries;
  model_.advance_to(task.at);
  switch (task.kind) {
    case Kind::user:
      if (auto document = model_.document(*names_[task.user], task.at, shown, kept)) {
        documents_.emplace(task.index, std::move(*document));
      }
      return;
    case Kind::popular:
      popular_ = model_.popular_document(task.at, shown, kept);
      return;
    case Kind::live:
      live_ = model_.live_lists(task.at, options_.publish.live_entries);
      return;
  }
}

PublishedLists::Shown PublishedLists::take(std::uint64_t index, Timestamp now, std::size_t n) {
  const auto found = documents_.find(index);
  const model::LiveDocument& document = found == documents_.end() ? popular_ : found->second;
  Shown shown;
  for (std::size_t k = 0; k < std::min(n, document.shown); ++k) shown.plain.push_back(document.entries[k].id);
  shown.merged = live_.merged(document, now, n);
  if (found != documents_.end()) documents_.erase(found);
  return shown;
}

}  // namespace sluice::cli

#include "cli/demo_stream.h"

#include <algorithm>
#include <utility>

#include "ingest/decoder.h"

namespace sluice::cli {
namespace {

constexpr std::size_t kMostUsers = 100'000;
constexpr std::size_t kItemsShown = 6;

}  // namespace

DemoStream::DemoStream(const std::string& events_file, const std::string& items_file, Timestamp start) {
  if (events_file.empty()) {
    ingest::SyntheticOptions options;
    options.start = start;
    synthetic_.emplace(options);
  } else {
    file_.emplace(events_file);
  }
  if (!items_file.empty()) titles_ = ingest::read_item_titles(items_file);
}

std::optional<ingest::FileEvent> DemoStream::next() {
  std::optional<ingest::FileEvent> event = file_ ? file_->next() : synthetic_->next();
  if (event) remember(*event);
  return event;
}

std::string DemoStream::error() const {
  if (!titles_.error.empty()) return titles_.error;
  return file_ ? file_->error() : std::string{};
}

std::vector<DemoStream::UserStory> DemoStream::users_to_show(std::size_t count) const {
  std::vector<std::pair<std::uint64_t, const std::string*>> ready;
  for (const auto& [user, recent] : users_) {
    if (recent.items.size() == kItemsShown) ready.emplace_back(recent.last_seen, &user);
  }
  std::ranges::sort(ready, std::greater<>{}, &std::pair<std::uint64_t, const std::string*>::first);
  ready.resize(std::min(count, ready.size()));
  std::vector<UserStory> stories;
  for (const auto& [seen, user] : ready) {
    const auto& items = users_.at(*user).items;
    stories.push_back({*user, {items.begin(), items.end()}});
  }
  return stories;
}

std::string DemoStream::title(const std::string& item) const {
  const auto found = titles_.titles.find(item);
  if (found != titles_.titles.end()) return found->second.title;
  std::string title = synthetic_ ? synthetic_->title(item) : std::string{};
  return title.empty() ? item : title;
}

void DemoStream::remember(const ingest::FileEvent& event) {
  if (ingest::control_kind(event.type)) return;
  ++events_;
  if (users_.size() >= kMostUsers && !users_.contains(event.user)) return;
  Recent& recent = users_[event.user];
  recent.last_seen = events_;
  recent.items.push_back(event.item);
  if (recent.items.size() > kItemsShown) recent.items.pop_front();
}

}  // namespace sluice::cli

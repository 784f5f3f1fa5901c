#include "ingest/synthetic.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "common/parse_number.h"
#include "ingest/synthetic_titles.h"

namespace sluice::ingest {
namespace {

constexpr std::uint32_t kSessions = 200;  // under way at once
constexpr std::uint32_t kMinSessionEvents = 2;
constexpr std::uint32_t kMaxSessionEvents = 13;
constexpr std::size_t kLikedClusters = 3;
constexpr std::size_t kHistory = 32;
constexpr std::uint32_t kTrendEvents = 2'000;  // shortest; the longest is twice that
constexpr std::string_view kItemPrefix = "film-";

// Neighbours in a cluster's numbering are companions: parts of a series, in a way.
std::uint32_t cluster_of(std::uint32_t item) {
  return item % kSyntheticClusters;
}

std::optional<std::uint32_t> item_number(std::string_view id) {
  if (!id.starts_with(kItemPrefix)) return std::nullopt;
  id.remove_prefix(kItemPrefix.size());
  return parse_number<std::uint32_t>(id);
}

}  // namespace

SyntheticStream::SyntheticStream(const SyntheticOptions& options)
    : options_(options),
      state_(options.seed * 0xD1342543DE82EF95ULL + 1),
      mean_gap_us_(static_cast<std::uint64_t>(1e6 / std::max(options.events_per_second, 1e-3))),
      clusters_(kSyntheticClusters),
      max_items_per_cluster_(2 * static_cast<std::size_t>(options.items) / kSyntheticClusters + 8),
      users_(std::max(options.users, 1U)),
      sessions_(kSessions) {
  const std::uint32_t items = std::max(options.items, kSyntheticClusters);
  while (items_made_ < items) add_item(true);
  for (User& user : users_) {
    for (std::size_t i = 0; i < kLikedClusters; ++i) user.clusters.push_back(below(kSyntheticClusters));
  }
  for (Session& session : sessions_) begin_session(session);
}

std::uint64_t SyntheticStream::draw() {  // SplitMix64
  std::uint64_t x = state_ += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::uint32_t SyntheticStream::below(std::uint32_t bound) {
  return static_cast<std::uint32_t>(((draw() >> 32) * bound) >> 32);
}

// A rank in [0, count), with a probability that falls like 1/(rank+1): uniform within a uniformly drawn power
// of two, so that no floating point is needed.
std::uint32_t SyntheticStream::zipf(std::uint32_t count) {
  const auto octaves = static_cast<std::uint32_t>(std::bit_width(count));
  while (true) {
    const std::uint32_t octave = 1U << below(octaves);
    const std::uint32_t rank = octave - 1 + below(octave);
    if (rank < count) return rank;
  }
}

std::uint32_t SyntheticStream::pick(const std::vector<std::uint32_t>& most_wanted_first) {
  return most_wanted_first[zipf(static_cast<std::uint32_t>(most_wanted_first.size()))];
}

void SyntheticStream::add_item(bool at_start) {
  const std::uint32_t number = items_made_++;
  auto& cluster = clusters_[cluster_of(number)];
  const auto places = static_cast<std::uint32_t>(cluster.size()) + 1;
  cluster.insert(cluster.begin() + (at_start ? below(places) : zipf(places)), number);
  if (cluster.size() > max_items_per_cluster_) cluster.pop_back();
}

void SyntheticStream::advance_world() {
  elapsed_us_ += ((draw() >> 32) * (2 * mean_gap_us_ + 1)) >> 32;
  if (options_.events_per_new_item != 0 && below(options_.events_per_new_item) == 0) add_item(false);
  if (trend_.events_left != 0) {
    --trend_.events_left;
  } else if (options_.events_per_trend != 0 && below(options_.events_per_trend) == 0) {
    trend_.item = item_of_cluster(below(kSyntheticClusters));
    trend_.events_left = kTrendEvents + below(kTrendEvents);
  }
}

void SyntheticStream::begin_session(Session& session) {
  const auto user_count = static_cast<std::uint32_t>(users_.size());
  session.user = chance(50) ? zipf(user_count) : below(user_count);
  session.events_left = kMinSessionEvents + below(kMaxSessionEvents - kMinSessionEvents + 1);
  User& user = users_[session.user];
  if (options_.events_per_drift != 0 && below(options_.events_per_drift) < session.events_left) {
    std::uint32_t& moved = user.clusters[below(kLikedClusters)];
    moved = (moved + (chance(50) ? 1 : kSyntheticClusters - 1)) % kSyntheticClusters;
  }
  session.cluster = user.clusters[zipf(kLikedClusters)];
}

std::uint32_t SyntheticStream::companion(std::uint32_t item) {
  const std::uint32_t distance = kSyntheticClusters * (1 + zipf(4));
  const bool forward = chance(70);
  if (forward && item + distance < items_made_) return item + distance;
  if (!forward && item >= distance) return item - distance;
  return item_of_cluster(cluster_of(item));
}

std::string_view SyntheticStream::positive_type() {
  const std::uint32_t percent = below(100);
  if (percent < 12) return "like";
  return percent < 18 ? "purchase" : "view";
}

SyntheticStream::Choice SyntheticStream::choose(const Session& session, const User& user) {
  const std::uint32_t percent = below(100);
  if (percent < 4) return {item_of_cluster(below(kSyntheticClusters)), "skip"};
  const std::string_view type = positive_type();
  if (percent < 10 && trend_.events_left != 0) return {trend_.item, type};
  if (user.history.empty() || percent >= 58) return {item_of_cluster(session.cluster), type};
  if (percent >= 20) return {companion(user.history.back()), type};
  const std::uint32_t steps_back = zipf(static_cast<std::uint32_t>(user.history.size()));
  return {user.history[user.history.size() - 1 - steps_back], type};
}

FileEvent SyntheticStream::next() {
  advance_world();
  Session& session = sessions_[below(kSessions)];
  if (session.events_left == 0) begin_session(session);
  --session.events_left;
  User& user = users_[session.user];
  const Choice choice = choose(session, user);
  if (choice.type != "skip") {
    if (user.history.size() == kHistory) user.history.erase(user.history.begin());
    user.history.push_back(choice.item);
  }
  FileEvent event;
  event.user = "user-" + std::to_string(session.user);
  event.item = std::string(kItemPrefix) + std::to_string(choice.item);
  event.type = choice.type;
  event.value = 1.0;
  event.time = options_.start + std::chrono::milliseconds{elapsed_us_ / 1000};
  return event;
}

std::string SyntheticStream::title(std::string_view item) const {
  const auto number = item_number(item);
  return number ? synthetic_title(*number, cluster_of(*number)) : std::string{};
}

std::string SyntheticStream::category(std::string_view item) const {
  const auto number = item_number(item);
  return number ? std::string(synthetic_theme(cluster_of(*number))) : std::string{};
}

}  // namespace sluice::ingest

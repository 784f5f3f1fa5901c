#include "cli/model_recommender.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::cli {

namespace {
config::Options evaluation_options(config::Options config) {
  config.limits.seen_per_user = std::numeric_limits<std::uint32_t>::max();  // exact, as the protocol asks
  return config;
}

bool has_seen(const model::User& user, model::ItemId item) {
  return user.seen.contains(item, [] { return std::uint64_t{0}; });  // the set is exact, no filter is asked
}

int shard_of(std::string_view user, int shards) {
  return static_cast<int>(XXH3_64bits(user.data(), user.size()) % static_cast<std::uint64_t>(shards));
}
}  // namespace

ModelRecommender::ModelRecommender(const config::Options& options, int shards)
    : shards_(shards),
      epoch_(options.epoch),
      exclude_repeats_(options.ranking.repeats == "exclude"),
      shown_(options.ranking.list_size + options.ranking.spare_entries),
      kept_(options.publish.kept_entries),
      model_(evaluation_options(options), shards) {
  for (int shard = 0; shard < shards; ++shard) model_.shard(shard).assign(PartitionId{shard});
  ranking_.columns.resize(model_.columns().size());
}

void ModelRecommender::advance_to(Timestamp now) {
  if (shards_ == 1) return;
  const bool late = epoch_began_ != Timestamp::max() && now - epoch_began_ >= epoch_.max_span;
  if (late || model_.wants_merge()) merge();
}

void ModelRecommender::merge() {
  model_.merge();
  epoch_began_ = Timestamp::max();
}

const Ranking& ModelRecommender::rank(const std::string& user, Timestamp now) {
  constexpr float kUnranked = -std::numeric_limits<float>::infinity();
  const int index = shard_of(user, shards_);
  model::Shard& shard = model_.shard(index);
  const model::User* const known = shard.user(PartitionId{index}, user);
  const model::ItemState& items = model_.items();
  const bool exclude = exclude_repeats_ && known != nullptr;
  const auto live = items.index.live();
  ranking_.known_user = known != nullptr;
  for (auto& column : ranking_.columns) column.resize(live.size());
  ranking_.scores.resize(live.size());
  ranking_.ranked.resize(live.size());
  shard.score_all(PartitionId{index}, user, now,
                  [&](std::size_t first, const model::Columns& columns, std::span<const float> scores) {
                    for (std::size_t c = 0; c < ranking_.columns.size(); ++c) {
                      std::copy(columns[c].begin(), columns[c].end(), &ranking_.columns[c][first]);
                    }
                    for (std::size_t k = 0; k < scores.size(); ++k) {
                      const model::ItemRow row = live[first + k];
                      const bool ranked = items.stats[row].events > 0 && !shard.is_hidden(row) &&
                                          !(exclude && has_seen(*known, items.index.id_of(row)));
                      ranking_.ranked[first + k] = static_cast<char>(ranked);
                      ranking_.scores[first + k] = ranked && !std::isnan(scores[k]) ? scores[k] : kUnranked;
                    }
                  });
  return ranking_;
}

std::optional<std::size_t> ModelRecommender::place_of(const std::string& item) const {
  const model::ItemState& items = model_.items();
  const model::ItemId id = items.index.find(item);
  if (id == model::ItemIndex::kNoItem || items.stats[model::row_of(id)].events == 0) return std::nullopt;
  return items.index.live_place(model::row_of(id));
}

std::uint32_t ModelRecommender::number_at(std::size_t place) const {
  return model_.items().index.live()[place];
}

std::uint64_t ModelRecommender::events_at(std::size_t place) const {
  return model_.items().stats[model_.items().index.live()[place]].events;
}

void ModelRecommender::learn(const std::string& user, Timestamp now, std::span<const Line> lines,
                             std::uint64_t first_index) {
  const int index = shard_of(user, shards_);
  lines_.clear();
  for (const Line& line : lines) {
    lines_.push_back({line.item, line.weight, line.value.value_or(0.0F),
                      Offset{static_cast<std::int64_t>(first_index + lines_.size())}});
  }
  if (!model_.shard(index).has_room(lines_.size())) merge();
  epoch_began_ = std::min(epoch_began_, now);
  model_.shard(index).learn({PartitionId{index}, user, now, lines_});
}

void ModelRecommender::carry_out(const ingest::Control& control) {
  using Kind = ingest::Control::Kind;
  const int index = shard_of(control.user, shards_);
  model::Shard& shard = model_.shard(index);
  switch (control.kind) {
    case Kind::erase_user:
      shard.erase(PartitionId{index}, control.user);
      return;
    case Kind::retract:
      (void)shard.retract(PartitionId{index}, control.user, control.item, control.time.value_or(Timestamp{}));
      return;
    case Kind::hide_item:
    case Kind::show_item:
      for (int each = 0; each < shards_; ++each) {
        model_.shard(each).set_hidden(control.item, control.kind == Kind::hide_item);
      }
      return;
  }
}

std::optional<model::LiveDocument> ModelRecommender::document(const std::string& user, Timestamp now,
                                                              std::size_t shown, std::size_t kept) {
  const int index = shard_of(user, shards_);
  model::Shard& shard = model_.shard(index);
  const auto known = shard.find(PartitionId{index}, user);
  if (!known || !shard.rank(*known, now, shown, ranked_, kept)) return std::nullopt;
  return model::LiveDocument(ranked_);
}

model::LiveDocument ModelRecommender::popular_document(Timestamp now, std::size_t shown, std::size_t kept) {
  model_.shard(0).rank_unknown(now, shown, ranked_, kept);
  return model::LiveDocument(ranked_);
}

model::LiveLists ModelRecommender::live_lists(Timestamp now, std::size_t entries) {
  model_.shard(0).rank_live(now, entries, live_);
  return model::LiveLists(live_);
}

Recommender::Counts ModelRecommender::finish() {
  model_.merge();
  const model::Stats stats = model_.stats();
  return {stats.users, stats.items, measure_lists(), recall_candidates()};
}

// Of a sample of the users; where they are few, each of them several times.
double ModelRecommender::measure_lists() {
  constexpr std::uint32_t kMost = 20'000;
  constexpr double kLeastSeconds = 0.5;
  CpuClock clock;
  std::uint64_t lists = 0;
  std::uint64_t before = 0;
  do {
    before = lists;
    for (int index = 0; index < shards_; ++index) {
      lists += rank_users(model_.shard(index), sample_users(index, kMost), clock);
    }
  } while (lists > before && clock.seconds() < kLeastSeconds);
  return clock.seconds() > 0 ? static_cast<double>(lists) / clock.seconds() : 0;
}

// At most two times so many.
std::vector<model::UserRef> ModelRecommender::sample_users(int index, std::uint32_t most) {
  const std::uint32_t rows = model_.shard(index).user_rows(PartitionId{index});
  std::vector<model::UserRef> users;
  for (std::uint32_t row = 0; row < rows; row += 1 + rows / most) users.push_back({PartitionId{index}, row});
  return users;
}

// The number of lists that the shard made.
std::uint64_t ModelRecommender::rank_users(model::Shard& shard, std::span<const model::UserRef> users,
                                           CpuClock& clock) {
  std::uint64_t lists = 0;
  clock.resume();
  for (std::size_t k = 0; k < users.size(); ++k) {
    shard.look_ahead(users.subspan(k + 1));
    if (shard.rank(users[k], shard.stream_time(), shown_, ranked_, kept_)) ++lists;
  }
  clock.pause();
  return lists;
}

std::optional<double> ModelRecommender::recall_candidates() {
  constexpr std::uint32_t kMost = 1'000;
  constexpr std::size_t kTogether = 256;
  constexpr std::size_t kBest = 10;
  std::uint64_t best = 0;
  std::uint64_t found = 0;
  for (int index = 0; index < shards_; ++index) {
    model::Shard& shard = model_.shard(index);
    const Timestamp now = shard.stream_time();
    const std::vector<model::UserRef> users = sample_users(index, kMost);
    for (std::size_t first = 0; first < users.size(); first += kTogether) {
      const auto some = std::span(users).subspan(first, std::min(kTogether, users.size() - first));
      const model::CatalogueScan& scan = shard.scan(some, now, kBest);
      for (std::size_t u = 0; u < some.size(); ++u) {
        if (!shard.rank(some[u], now, kBest, ranked_)) continue;
        best += scan.best(u).size();
        found += count_listed(scan.best(u));
      }
    }
  }
  if (best == 0) return std::nullopt;
  return static_cast<double>(found) / static_cast<double>(best);
}

// So many of them are in ranked_.
std::uint64_t ModelRecommender::count_listed(std::span<const model::CatalogueScan::Best> best) const {
  const auto is_listed = [&](const model::CatalogueScan::Best& item) {
    const std::string_view name = model_.items().index.name(item.row);
    return std::ranges::find(ranked_.entries, name, &model::RankedEntry::item) != ranked_.entries.end();
  };
  return static_cast<std::uint64_t>(std::ranges::count_if(best, is_listed));
}

}  // namespace sluice::cli

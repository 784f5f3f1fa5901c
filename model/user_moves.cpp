#include <algorithm>
#include <utility>

#include "model/model.h"

// Users whose key came to be another partition's when partitions were added.
namespace sluice::model {

void Model::expect_moves() {
  expect_moves_since(stream_time());
}

void Model::expect_moves_since(Timestamp since) {
  moves_since_ = since;
  for (const auto& shard : shards_) shard->expects_moves_ = true;
}

// Before the first event there is no time of the stream; the first one there is counts then.
void Model::end_moves() {
  const Timestamp now = stream_time();
  if (*moves_since_ == Timestamp{}) moves_since_ = now;
  if (now - *moves_since_ <= options_.publish.idle_window) return;
  moves_since_.reset();
  for (const auto& shard : shards_) shard->expects_moves_ = false;
}

bool Model::expects_moves() const {
  return shards_.front()->expects_moves_;
}

void Model::move_users() {
  if (!expects_moves()) return;
  // What was erased is gone wherever it stood. Before the arrivals, for a user may come back after that.
  for (const auto& shard : shards_) {
    for (const Shard::Erased& erased : std::exchange(shard->erased_, {})) {
      while (const auto found = find_elsewhere(erased.partition, erased.user)) {
        Shard::PartitionUsers& users = found->shard->partitions_.at(found->user.partition);
        found->shard->remove_user(users, found->user.row);
      }
    }
  }
  for (const auto& shard : shards_) {
    for (const UserRef arrival : std::exchange(shard->arrivals_, {})) {
      Shard::PartitionUsers* const held = shard->users_of(arrival.partition);
      if (held == nullptr || !held->table.alive(arrival.row)) continue;
      held->before_change(arrival.row);
      shard->forget_worn(*held, arrival.row);
      User& user = held->table[arrival.row];
      const auto found = find_elsewhere(arrival.partition, held->table.name(arrival.row));
      if (!found) continue;
      Shard::PartitionUsers& old_home = found->shard->partitions_.at(found->user.partition);
      old_home.before_change(found->user.row);
      found->shard->forget_worn(old_home, found->user.row);
      User& past = old_home.table[found->user.row];
      const std::uint64_t heap = user.heap_bytes();
      const std::uint64_t past_heap = past.heap_bytes();
      shard->take_past(user, std::move(past));
      held->heap += user.heap_bytes() - heap;
      old_home.heap -= past_heap - past.heap_bytes();
      found->shard->remove_user(old_home, found->user.row);
      shard->moved_.push_back(arrival);
      ++shard->moved_users_;
    }
  }
  end_moves();
}

std::optional<Model::Whereabouts> Model::find_elsewhere(PartitionId partition, std::string_view user) {
  for (const auto& shard : shards_) {
    for (const auto& [other, users] : shard->partitions_) {
      if (other == partition) continue;
      const std::uint32_t row = users.table.find(user);
      if (row != UserTable::kNoUser) return Whereabouts{shard.get(), {other, row}};
    }
  }
  return std::nullopt;
}

// The few events since the move stay behind the past in the history; what they taught the factors gives way
// to what the past taught them.
void Shard::take_past(User& user, User&& past) const {
  for (const HistoryEntry& entry : user.history) past.history.push_back(entry);
  user.history = std::move(past.history);
  trim_history(user);
  for (const ItemId item : user.seen.exact()) {
    if (!items_.index.alive(item)) continue;
    past.seen.insert(item, items_.index.name_hash(row_of(item)), options_.limits.seen_per_user);
  }
  user.seen = std::move(past.seen);
  user.factors = past.factors;
  user.factor_squares = past.factor_squares;
  user.taught += past.taught;
  user.first_event = std::min(user.first_event, past.first_event);
  user.last_event = std::max(user.last_event, past.last_event);
  user.events += past.events;
}

}  // namespace sluice::model

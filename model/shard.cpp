#include "model/shard.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "config/memory_plan.h"

namespace sluice::model {

namespace {
constexpr float kMaxLearnedWeight = 4;  // a heavier event counts in full but steps no further
constexpr std::uint32_t kUserEvictionSample = 32;
// With several shards, so many negatives of an epoch are drawn from all items, and the others from these.
constexpr std::size_t kPool = 8'192;

std::uint64_t seed_of(std::uint64_t seed, PartitionId partition, Offset offset) {
  return mix64(mix64(seed ^ mix64(static_cast<std::uint64_t>(partition))) ^
               static_cast<std::uint64_t>(offset));
}
}  // namespace

Shard::Shard(const config::Options& options, const Parameters& parameters, ItemState& items, Blend& blend,
             std::size_t index, std::size_t shards)
    : options_(options),
      parameters_(parameters),
      items_(items),
      base_blend_(blend),
      index_(index),
      shards_(shards),
      exclude_repeats_(options.ranking.repeats == "exclude"),
      lineage_(hash_item_name(options.instance)),
      exchange_(items, shards),
      factors_(items.factors, items.capacity, shards),
      own_blend_(blend),
      factor_learner_(items.index, factors_, parameters),
      scorer_(ItemView{items, factors_}, items.capacity),
      learns_blend_(options.model.ranker == "blend"),
      allowance_(options.limits.taught_per_day),
      most_user_bytes_(config::plan_memory(options, shards).users / shards) {}

void Shard::assign(PartitionId partition) {
  const auto number = static_cast<std::size_t>(partition);
  if (number >= by_number_.size()) by_number_.resize(number + 1);
  by_number_[number] = &partitions_[partition];
}

// A cut under way goes on with the users as they are.
void Shard::drop(PartitionId partition) {
  PartitionUsers* const users = users_of(partition);
  if (users == nullptr) return;
  if (users->cut != nullptr) users->cut->adopt(std::move(users->table));
  by_number_[static_cast<std::size_t>(partition)] = nullptr;
  partitions_.erase(partition);
}

std::vector<PartitionId> Shard::partitions() const {
  std::vector<PartitionId> ids;
  for (const auto& [partition, users] : partitions_) ids.push_back(partition);
  return ids;
}

UserRef Shard::learn(const Group& group) {
  PartitionUsers* const found = users_of(group.partition);
  assert(found != nullptr);
  PartitionUsers& users = *found;
  const std::uint32_t row = find_or_add(users, group);
  User& user = users.table[row];
  const std::uint64_t heap_before = most_user_bytes_ == 0 ? 0 : user.heap_bytes();
  if (!exchange_.direct()) users.touched.push_back(row);

  group_items_.clear();
  const TeachingAllowance::Lessons lessons = allowance_.take(user, group.time, group.lines.size());
  if (lessons.count > 0)
    teach(users, row, lessons, {group.partition, group.user, group.time, group.lines.first(lessons.count)});
  for (const Line& line : group.lines.subspan(lessons.count)) keep_untaught(user, line);
  for (const auto& [item, sound_at] : group_items_) {  // with one shard an item may have gone again meanwhile
    remember(user, items_.index.is_worn(item, sound_at) ? kDeadItem : item, group.time);
  }

  if (user.events == 0) user.first_event = group.time;
  user.events += group.lines.size();
  user.offset = group.lines.back().offset;
  user.last_event = std::max(user.last_event, group.time);
  stream_time_ = std::max(stream_time_, group.time);
  epoch_first_ = std::min(epoch_first_, group.time);
  epoch_last_ = std::max(epoch_last_, group.time);
  epoch_events_ += group.lines.size();
  events_ += group.lines.size();
  if (most_user_bytes_ != 0) {
    users.heap += user.heap_bytes() - heap_before;
    constexpr int kEvictions = 2;  // at a time: more room than an event takes
    for (int k = 0; k < kEvictions && over_user_bytes() && users.table.size() > 1; ++k)
      evict_user(users, row);
  }
  return {group.partition, row};
}

// What the group teaches everybody; its items go to group_items_.
void Shard::teach(PartitionUsers& users, std::uint32_t row, const TeachingAllowance::Lessons& lessons,
                  const Group& group) {
  User& user = users.table[row];
  Moment moment = moment_of(&user, group.time);
  if (user.last_event == group.time) moment = without_newest_step(moment);
  const Random random(seed_of(options_.seed, group.partition, group.lines.front().offset));
  const bool teaches = group.lines.size() > 1 || teaches_lone_line(random.after(draws()));
  if (teaches && learns_blend_) {
    visit_neighbours(moment.history, [](const NeighbourTable& of, ItemRow item) { of.prefetch_items(item); });
  }
  const auto steps = moment.history.last(std::min(moment.history.size(), SequenceFactorsSignal::kItems));
  for (const HistoryEntry& step : steps) {
    items_.index.prefetch_life(row_of(step.item));
    factors_.prefetch_step_place(row_of(step.item));
  }
  draw_negatives(moment, group, random, teaches);
  for (const HistoryEntry& step : steps) {
    if (step.item != kDeadItem) factors_.prefetch_step(row_of(step.item));
  }
  if (teaches) learn_blend(moment, lessons);

  for (std::size_t k = 0; k < group.lines.size(); ++k) {
    const Line& line = group.lines[k];
    if (line.weight < 0) {
      cancel(user, line, group.time);
      continue;
    }
    const ItemId item = find_or_add_item(line.item, found_items_[k]);
    if (item == ItemIndex::kNoItem) {
      ++untaught_;
      continue;
    }
    forget_worn(users, row);  // with one shard the new item may have had another one evicted
    const float weight = std::min(line.weight, kMaxLearnedWeight);
    factor_learner_.learn(moment, user, row_of(item), negatives_of(line_rows_[k]), weight);
    learn_transitions(moment, item, line.weight);
    exchange_.add(StatsIncrement{row_of(item), line.weight, to_unix_ms(group.time), 1});
    group_items_.push_back({item, items_.index.wraps()});
    if (exclude_repeats_) user.seen.insert(item, hash_item_name(line.item), options_.limits.seen_per_user);
  }
}

// An event above its user's allowance changes what is known of that user. It makes no item known, for a place
// among the items is one that another loses.
void Shard::keep_untaught(User& user, const Line& line) {
  ++untaught_;
  ItemId item = items_.index.find_guessed(line.item, line.row_guess);
  if (item == ItemIndex::kNoItem) item = exchange_.find(line.item);
  if (item == ItemIndex::kNoItem) return;
  if (line.weight < 0) return forget_latest_take(user, item);
  group_items_.push_back({item, items_.index.wraps()});
  if (exclude_repeats_) user.seen.insert(item, hash_item_name(line.item), options_.limits.seen_per_user);
}

std::uint32_t Shard::find_or_add(PartitionUsers& users, const Group& group) {
  const std::uint32_t known = users.table.find_guessed(group.user, group.row_guess);
  if (known != UserTable::kNoUser) {
    users.before_change(known);
    forget_worn(users, known);
    return known;
  }
  make_user_room(users);
  const std::uint32_t row = users.table.add(group.user, hash_name(group.user));
  if (most_user_bytes_ != 0) users.heap += users.table.heap_bytes(row);
  if (users.cut != nullptr) users.cut->row_taken(row);
  forget_worn(users, row);
  if (expects_moves_) arrivals_.push_back({group.partition, row});
  return row;
}

std::size_t Shard::draws() const {
  return items_.index.live().empty() ? 0 : static_cast<std::size_t>(parameters_.negatives);
}

// With several shards every row that is learned of is copied, and merged when the epoch ends. A long epoch
// would so copy nearly all rows; its first draws serve again instead. A short one has none but fresh draws.
void Shard::draw_rows(Random random, std::span<ItemRow> drawn) {
  const auto fresh =
      drawn.first(exchange_.direct() ? drawn.size() : std::min(drawn.size(), kPool - pool_.size()));
  const auto live = items_.index.live();
  for (ItemRow& row : fresh) {  // where it stands, for memory to be asked for all at once
    row = random.below(static_cast<std::uint32_t>(live.size()));
    prefetch_bytes(&live[row], sizeof(ItemRow));
  }
  for (ItemRow& row : fresh) row = live[row];
  if (!exchange_.direct()) pool_.insert(pool_.end(), fresh.begin(), fresh.end());
  for (ItemRow& row : drawn.subspan(fresh.size())) row = pool_[random.below(kPool)];
}

// For each line of the group: its own row, if the blend can learn from it, and rows of items that the user
// could have taken instead. They are drawn afresh for each line, because a small pool of them that serves
// many lines biases the blend; what makes that cheap is to fetch all rows ahead.
void Shard::draw_negatives(const Moment& moment, const Group& group, Random random, bool teaches) {
  const std::size_t draws = this->draws();
  drawn_.resize(draws * group.lines.size());
  draw_rows(random, drawn_);
  for (const ItemRow row : drawn_) {
    items_.index.prefetch_life(row);
    factors_.prefetch_place(row);
    if (teaches) {
      scorer_.slots().prefetch(row);
      items_.stats.prefetch(row);
    } else {
      items_.stats.prefetch_events(row);
    }
  }
  for (const ItemRow row : drawn_) factors_.prefetch(row);
  found_items_.clear();
  for (const Line& line : group.lines) found_items_.push_back(items_.index.find(line.item));

  rows_.clear();
  line_rows_.clear();
  for (std::size_t k = 0; k < group.lines.size(); ++k) {
    const float weight = group.lines[k].weight;
    LineRows& rows =
        line_rows_.emplace_back(LineRows{rows_.size(), 0, false, std::min(weight, kMaxLearnedWeight)});
    if (weight < 0) continue;
    const ItemId item = found_items_[k];
    rows.known = item != ItemIndex::kNoItem && eligible(moment.user, row_of(item));
    if (rows.known) rows_.push_back(row_of(item));
    std::ranges::copy_if(std::span(drawn_).subspan(k * draws, draws), std::back_inserter(rows_),
                         [&](ItemRow row) { return is_negative(moment, row); });
    rows.count = rows_.size() - rows.first;
  }
}

bool Shard::is_negative(const Moment& moment, ItemRow row) const {
  const auto in_group = [&] {
    const ItemId item = items_.index.id_of(row);
    return std::find(found_items_.begin(), found_items_.end(), item) != found_items_.end();
  };
  return eligible(moment.user, row) && !in_group();
}

std::span<const ItemRow> Shard::negatives_of(const LineRows& line) const {
  return std::span(rows_).subspan(line.first, line.count).subspan(line.known ? 1 : 0);
}

// What a blend learns from a line costs more the fewer lines share the gathering of a moment's features: the
// more steps it has taken, the fewer of the lone lines teach it.
bool Shard::teaches_lone_line(Random random) const {
  constexpr double kUnsettled = 30'000;  // steps
  constexpr double kLeastShare = 0.25;
  return random.unit() * current_blend().steps() <
         std::max(kUnsettled, kLeastShare * current_blend().steps());
}

void Shard::learn_blend(const Moment& moment, const TeachingAllowance::Lessons& lessons) {
  const auto teaches = [](const LineRows& line) { return line.known && line.count > 1; };
  if (!learns_blend_ || std::none_of(line_rows_.begin(), line_rows_.end(), teaches)) return;
  Blend& blend = current_blend();
  scorer_.begin(moment, rows_);
  for (std::size_t k = 0; k < line_rows_.size(); ++k) {
    const LineRows& line = line_rows_[k];
    if (!teaches(line)) continue;
    const auto stands_for = static_cast<float>(items_.index.size() - 1) / static_cast<float>(line.count - 1);
    corrections_.assign(line.count, fast_log(std::max(1.0F, stands_for)));
    corrections_[0] = 0;
    blend.learn(scorer_.fill(std::span(rows_).subspan(line.first, line.count)), moment.context, corrections_,
                line.weight * lessons.blend_share(k));
  }
  scorer_.end();
}

void Shard::learn_transitions(const Moment& moment, ItemId item, float weight) {
  const Decay::Position near = items_.covisit.decay().position(moment.now);
  const Decay::Position far = items_.longterm.decay().position(moment.now);
  visit_pairs(
      moment.history,
      [&](const Step& step) {
        const auto amount = static_cast<float>(near.growth) * weight / static_cast<float>(1 + step.age);
        exchange_.add_covisit({row_of(step.item), item, amount, near.mark});
        exchange_.add_covisit({row_of(item), step.item, 0.5F * amount, near.mark});
      },
      [&](ItemId past) {
        if (past == item) return;
        const auto amount = static_cast<float>(far.growth) * weight;
        exchange_.add_longterm({row_of(past), item, amount, far.mark});
        exchange_.add_longterm({row_of(item), past, amount, far.mark});
      });
}

// `found`: what looking the item up gave when the group began. It may have come, or gone, since.
ItemId Shard::find_or_add_item(std::string_view name, ItemId found) {
  if (found != ItemIndex::kNoItem) {
    const ItemId known = items_.index.find_guessed(name, row_of(found));
    if (known != ItemIndex::kNoItem) return known;
  }
  const auto [item, added] = exchange_.find_or_add(name);
  if (added) factors_.initialise(row_of(item), FactorTable::initial(name, options_.seed));
  return item;
}

// An event that takes an earlier one back: its weight is counted, and the latest take of the item is
// forgotten.
void Shard::cancel(User& user, const Line& line, Timestamp time) {
  const ItemId item = find_or_add_item(line.item, items_.index.find(line.item));
  if (item == ItemIndex::kNoItem) {
    ++untaught_;
    return;
  }
  exchange_.add(StatsIncrement{row_of(item), line.weight, to_unix_ms(time), 1});
  forget_latest_take(user, item);
}

void Shard::forget_latest_take(User& user, ItemId item) {
  const auto latest = std::find_if(user.history.rbegin(), user.history.rend(),
                                   [&](const HistoryEntry& entry) { return entry.item == item; });
  if (latest != user.history.rend()) user.history.erase(std::next(latest).base());
}

void Shard::remember(User& user, ItemId item, Timestamp time) {
  user.history.push_back({item, to_seconds(time)});
  trim_history(user);
}

void Shard::trim_history(User& user) const {
  const std::size_t limit = options_.limits.history_per_user;
  const std::size_t slack = limit / 4 + 1;
  if (user.history.size() > limit + slack) {
    user.history.erase(user.history.begin(), user.history.end() - limit);
  }
}

std::optional<UserRef> Shard::find(PartitionId partition, std::string_view user,
                                   std::uint32_t row_guess) const {
  const PartitionUsers* const users = users_of(partition);
  if (users == nullptr) return std::nullopt;
  const std::uint32_t row = users->table.find_guessed(user, row_guess);
  if (row == UserTable::kNoUser) return std::nullopt;
  return UserRef{partition, row};
}

void Shard::prefetch_places(const Hint& hint) const {
  if (const PartitionUsers* const users = users_of(hint.partition)) users->table.prefetch_place(hint.user);
  items_.index.prefetch_place(hint.item);
}

const Shard::PartitionUsers* Shard::guess_rows(Hint& hint) const {
  const PartitionUsers* const users = users_of(hint.partition);
  if (users != nullptr) hint.user_row = users->table.guess(hint.user);
  hint.item_row = items_.index.guess(hint.item);
  return users;
}

void Shard::prefetch_names(Hint& hint) const {
  if (const PartitionUsers* const users = guess_rows(hint)) users->table.prefetch_name(hint.user_row);
  items_.index.prefetch_name(hint.item_row);
}

void Shard::prefetch_rows(Hint& hint) const {
  if (const PartitionUsers* const users = guess_rows(hint)) users->table.prefetch_user(hint.user_row);
  items_.index.prefetch_name(hint.item_row);
}

void Shard::prefetch_history(const Hint& hint) const {
  if (const PartitionUsers* const users = users_of(hint.partition))
    users->table.prefetch_history(hint.user_row);
  if (hint.item_row >= items_.index.rows()) return;
  items_.stats.prefetch(hint.item_row);
  factors_.prefetch_place(hint.item_row);
}

// The item's factors, and the neighbours that learning of this user and item changes at once: with several
// shards they change when the epoch ends.
void Shard::prefetch_past(const Hint& hint) const {
  const ItemRow item = hint.item_row;
  if (item >= items_.index.rows()) return;
  factors_.prefetch(item);
  const PartitionUsers* const users = users_of(hint.partition);
  if (users == nullptr || !exchange_.direct()) return;
  const UserTable& table = users->table;
  if (!table.alive(hint.user_row)) return;
  const auto prefetch_both = [item](const NeighbourTable& of, ItemRow past) {
    of.prefetch_set(past, item);
    of.prefetch_set(item, past);
  };
  visit_pairs(
      table[hint.user_row].history,
      [&](const Step& step) { prefetch_both(items_.covisit, row_of(step.item)); },
      [&](ItemId past) { prefetch_both(items_.longterm, row_of(past)); });
}

const User* Shard::user(PartitionId partition, std::string_view name) const {
  const auto found = find(partition, name);
  return found ? &partitions_.at(partition).table[found->row] : nullptr;
}

bool Shard::erase(PartitionId partition, std::string_view user) {
  const auto found = find(partition, user);
  if (expects_moves_) erased_.push_back({partition, std::string(user)});
  if (!found) return false;
  PartitionUsers& users = partitions_.at(partition);
  remove_user(users, found->row);
  return true;
}

bool Shard::retract(PartitionId partition, std::string_view user, std::string_view item, Timestamp time) {
  const auto found = find(partition, user);
  const ItemId id = exchange_.find(item);
  if (!found || id == ItemIndex::kNoItem) return false;
  PartitionUsers& users = partitions_.at(partition);
  forget_worn(users, found->row);
  User& known = users.table[found->row];
  const auto entry = std::find_if(known.history.begin(), known.history.end(), [&](const HistoryEntry& e) {
    return e.item == id && e.seconds == to_seconds(time);
  });
  if (entry == known.history.end()) return false;
  users.before_change(found->row);
  known.history.erase(entry);
  known.seen.erase(id);
  if (known.events > 0) --known.events;
  // Whether the event taught is not remembered. Taking it back is one more event that teaches, so that not
  // even this lowers the counts by more than the allowance.
  if (allowance_.take(known, known.last_event, 1).count > 0) {
    exchange_.add(StatsIncrement{row_of(id), -1.0F, to_unix_ms(time), -1});
  }
  common_rows_.forget();
  return true;
}

void Shard::set_hidden(std::string_view item, bool hidden) {
  common_rows_.forget();
  if (hidden) {
    hidden_.insert(hash_item_name(item));
  } else {
    hidden_.erase(hash_item_name(item));
  }
}

bool Shard::eligible(const User* user, ItemRow row) const {
  if (!items_.index.bound(row) || items_.stats[row].events == 0) return false;
  return !is_hidden(row) && !had(user, row);
}

// Repeats are excluded, and the user had the item.
bool Shard::had(const User* user, ItemRow row) const {
  return exclude_repeats_ && user != nullptr &&
         user->seen.contains(items_.index.id_of(row), [&] { return items_.index.name_hash(row); });
}

// Beyond the limits one goes.
void Shard::make_user_room(PartitionUsers& users) {
  if (users.table.size() == 0) return;
  const bool many = this->users() >= std::max<std::uint64_t>(1, options_.limits.max_users / shards_);
  const bool full = users.table.free_rows().empty() && !room_for_a_row();
  if (many || full || over_user_bytes()) evict_user(users, UserTable::kNoUser);
}

void Shard::evict_user(PartitionUsers& users, std::uint32_t spared) {
  const UserTable& table = users.table;
  Random random(mix64(evicted_users_ + 1));
  std::uint32_t oldest = UserTable::kNoUser;
  for (std::uint32_t k = 0; k < kUserEvictionSample || oldest == UserTable::kNoUser; ++k) {
    const std::uint32_t row = random.below(table.rows());
    if (!table.alive(row) || row == spared) continue;
    if (oldest == UserTable::kNoUser || table[row].last_event < table[oldest].last_event) oldest = row;
  }
  remove_user(users, oldest);
  ++evicted_users_;
}

void Shard::remove_user(PartitionUsers& users, std::uint32_t row) {
  users.before_change(row);
  if (most_user_bytes_ != 0) users.heap -= users.table.heap_bytes(row);
  users.table.remove(row);
}

void Shard::count_heap(PartitionUsers& users) const {
  users.heap = 0;
  for (std::uint32_t row = 0; row < users.table.rows() && most_user_bytes_ != 0; ++row) {
    users.heap += users.table.heap_bytes(row);
  }
}

// Rows stay when their users go, to be used again; only what users take beside them shrinks. So rows may take
// no more than most of the room, and what is left is for histories.
Shard::UserBytes Shard::user_bytes() const {
  constexpr std::uint64_t kBesideRow =
      128;  // what the pipeline keeps of a user, in arrays that grow by copies
  UserBytes bytes;
  for (const auto& [partition, users] : partitions_) {
    bytes.rows += users.table.rows() * (UserTable::kRowBytes + kBesideRow) + users.table.table_bytes();
    bytes.heap += users.heap + users.heap / 8;  // what the allocator loses between users of many sizes
  }
  return bytes;
}

bool Shard::room_for_a_row() const {
  return most_user_bytes_ == 0 || user_bytes().rows <= most_user_bytes_ - most_user_bytes_ / kHeapShare;
}

// Should rows take more than they may, as when the limit was lowered, some of the users still stay.
bool Shard::over_user_bytes() const {
  if (most_user_bytes_ == 0) return false;
  const UserBytes bytes = user_bytes();
  const std::uint64_t left = most_user_bytes_ - std::min(most_user_bytes_, bytes.rows);
  return bytes.heap > std::max(left, most_user_bytes_ / kHeapShare);
}

bool Shard::wants_merge() const {
  const std::uint64_t limit = options_.epoch.max_events > 0
                                  ? options_.epoch.max_events
                                  : std::clamp<std::uint64_t>(items_.index.size() / 2, 1'000, 20'000);
  return epoch_events_ > 0 && (epoch_events_ >= std::max<std::uint64_t>(1, limit / shards_) ||
                               exchange_.is_short() || epoch_last_ - epoch_first_ >= options_.epoch.max_span);
}

// Two shards met the same new item: theirs keeps the row of the first. What an evicted item of that row left
// in a history is another item.
void Shard::rename_items(const Exchange::Aliases& aliases) {
  const auto new_name = [&](ItemId item) {
    const auto found = aliases.find(row_of(item));
    return found == aliases.end() || items_.index.id_of(row_of(item)) != item ? item : found->second;
  };
  for (auto& [partition, users] : partitions_) {
    for (const std::uint32_t row : users.touched) {
      users.before_change(row);
      User& user = users.table[row];
      for (HistoryEntry& entry : user.history) entry.item = new_name(entry.item);
      user.seen.rename(new_name);  // also what the history has forgotten
    }
  }
}

void Shard::begin_epoch(Timestamp stream_time) {
  stream_time_ = std::max(stream_time_, stream_time);
  epoch_events_ = 0;
  epoch_first_ = Timestamp::max();
  epoch_last_ = Timestamp::min();
  exchange_.clear();
  factors_.clear_overlay();
  pool_.clear();
  if (!exchange_.direct()) own_blend_ = base_blend_;
  for (auto& [partition, users] : partitions_) users.touched.clear();
  top_rows_.clear();
  common_rows_.forget();
}

const UserTable* Shard::table_with(UserRef ref) const {
  const PartitionUsers* const users = users_of(ref.partition);
  return users == nullptr || !users->table.alive(ref.row) ? nullptr : &users->table;
}

// As places of a history count, those of what is worn stay, and so does the room in what the user had.
void Shard::bury_worn(PartitionUsers& users, std::uint32_t row) const {
  const std::uint64_t sound_at = users.table.sound_at(row);
  const auto is_worn = [&](ItemId item) { return items_.index.is_worn(item, sound_at); };
  User& user = users.table[row];
  users.before_change(row);
  for (HistoryEntry& entry : user.history) {
    if (is_worn(entry.item)) entry.item = kDeadItem;
  }
  user.seen.bury(is_worn);
  users.table.set_sound(row, items_.index.wraps());
}

const User* Shard::sound_user(UserRef ref) const {
  PartitionUsers* const users = users_of(ref.partition);
  if (users == nullptr || !users->table.alive(ref.row)) return nullptr;
  forget_worn(*users, ref.row);
  return &users->table[ref.row];
}

const User* Shard::user(UserRef ref) const {
  const UserTable* const table = table_with(ref);
  return table == nullptr ? nullptr : &(*table)[ref.row];
}

Timestamp Shard::last_event(UserRef ref) const {
  const User* const known = user(ref);
  return known == nullptr ? Timestamp{} : known->last_event;
}

std::string_view Shard::user_name(UserRef ref) const {
  const UserTable* const table = table_with(ref);
  return table == nullptr ? std::string_view() : table->name(ref.row);
}

Offset Shard::last_offset(UserRef ref) const {
  const User* const known = user(ref);
  return known == nullptr ? Offset{} : known->offset;
}

std::size_t Shard::users(PartitionId partition) const {
  const PartitionUsers* const users = users_of(partition);
  return users == nullptr ? 0 : users->table.size();
}

std::size_t Shard::users() const {
  std::size_t count = 0;
  for (const auto& [partition, users] : partitions_) count += users.table.size();
  return count;
}

std::uint32_t Shard::user_rows(PartitionId partition) const {
  const PartitionUsers* const users = users_of(partition);
  return users == nullptr ? 0 : users->table.rows();
}

// From a sample of the users, evenly spread, because millions of them are asked about every second.
std::uint64_t Shard::bytes() const {
  constexpr std::uint32_t kSample = 4'096;
  std::uint64_t bytes = 0;
  for (const auto& [partition, users] : partitions_) {
    const std::uint32_t rows = users.table.rows();
    const std::uint32_t step = 1 + rows / kSample;
    std::uint64_t sum = 0;
    std::uint64_t counted = 0;
    for (std::uint32_t row = 0; row < rows; row += step, ++counted) {
      sum += UserTable::kRowBytes + users.table.heap_bytes(row);
    }
    if (counted > 0) bytes += sum * rows / counted;
    bytes += users.table.table_bytes();
  }
  return bytes;
}

}  // namespace sluice::model

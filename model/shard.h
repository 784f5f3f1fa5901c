#pragma once

#include <absl/container/flat_hash_set.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "config/options.h"
#include "model/best_rows.h"
#include "model/blend.h"
#include "model/candidates.h"
#include "model/catalogue_scan.h"
#include "model/common_rows.h"
#include "model/exchange.h"
#include "model/factor_learner.h"
#include "model/factor_view.h"
#include "model/parameters.h"
#include "model/scorer.h"
#include "model/teaching_allowance.h"
#include "model/types.h"
#include "model/user_cut.h"
#include "model/user_table.h"

namespace sluice::model {

// One shard: the users of its partitions, and what it does to the common item state. Used by one thread;
// Model says when the common state may change.
class Shard {
 public:
  // `blend` and `items` are the Model's and outlive the shard.
  Shard(const config::Options& options, const Parameters& parameters, ItemState& items, Blend& blend,
        std::size_t index, std::size_t shards);

  // Partitions. assign() is a no-op if the partition is there; it starts without users.
  void assign(PartitionId partition);
  void drop(PartitionId partition);
  [[nodiscard]] bool owns(PartitionId partition) const { return users_of(partition) != nullptr; }
  [[nodiscard]] std::vector<PartitionId> partitions() const;

  // Learns a group of a partition it owns; the user is created if unknown. Lines of new items for which there
  // is no room are counted as untaught.
  UserRef learn(const Group& group);
  // Whether all items of a group of so many lines will find room, even if all are new. If not, the next
  // boundary makes as much room as there can be.
  [[nodiscard]] bool has_room(std::size_t lines) const { return exchange_.has_room(lines); }
  [[nodiscard]] std::optional<UserRef> find(PartitionId partition, std::string_view user,
                                            std::uint32_t row_guess = kNoGuess) const;

  // Hints that a user and an item will soon be looked up (places, names) or learned (places, rows, history,
  // past), step by step: each asks memory for what the next one and then the work itself will read, so let
  // other work pass between them, but little after the last, which asks for much. Of users and items that are
  // not known they do nothing.
  struct Hint {
    PartitionId partition{};
    std::uint64_t user = 0;  // hashes of the names
    std::uint64_t item = 0;
    std::uint32_t user_row = kNoGuess;  // most likely, after the step for names or rows
    std::uint32_t item_row = kNoGuess;
  };
  [[nodiscard]] static Hint hint(PartitionId partition, std::string_view user, std::string_view item) {
    return {partition, hash_name(user), hash_item_name(item)};
  }
  void prefetch_places(const Hint& hint) const;
  void prefetch_names(Hint& hint) const;
  void prefetch_rows(Hint& hint) const;
  void prefetch_history(const Hint& hint) const;
  void prefetch_past(const Hint& hint) const;

  // Forgets the user; the item counts it left stay. False: not known.
  bool erase(PartitionId partition, std::string_view user);
  // Takes one event back: out of the user's history and the item's counts. False: no such event is
  // remembered.
  bool retract(PartitionId partition, std::string_view user, std::string_view item, Timestamp time);
  // Items to be left out of every list.
  void set_hidden(std::string_view item, bool hidden);
  [[nodiscard]] bool is_hidden(ItemRow row) const {
    return !hidden_.empty() && hidden_.contains(items_.index.name_hash(row));
  }

  // The user's n best items, min(n, eligible items) of them, and up to `kept` further ones for merging.
  // False: there is no such user any more.
  [[nodiscard]] bool rank(UserRef user, Timestamp now, std::size_t n, RankedList& out, std::size_t kept = 0);
  // Hints that the lists of these users come next, the first one first. Before each rank() of many: asks
  // memory for what they will read, the nearer the more of it.
  static constexpr std::size_t kListsAhead = 3;
  void look_ahead(std::span<const UserRef> next) const;
  // The list of a user of whom nothing is known.
  void rank_unknown(Timestamp now, std::size_t n, RankedList& out, std::size_t kept = 0);
  // The n best eligible items of the whole catalogue for each of these users at one moment, by row; to
  // measure what lists from candidates miss, or where there are few items. A user who is gone gets none. The
  // more users at a time, the less each costs: with 256 of them little more than a product of two matrices.
  // Valid until the next call.
  [[nodiscard]] const CatalogueScan& scan(std::span<const UserRef> users, Timestamp now, std::size_t n);
  // The live list of each context, n entries at most, from the most popular and the newest items.
  void rank_live(Timestamp now, std::size_t n, std::array<LiveRanking, kContexts>& out);

  // Scores every item for a user (who may be unknown), in blocks of the index's live rows:
  // visit(place of the first, features, blend's scores). For evaluation. Items without events are among them.
  using Visit = std::function<void(std::size_t first, const Columns& columns, std::span<const float> scores)>;
  void score_all(PartitionId partition, std::string_view user, Timestamp now, const Visit& visit);
  // The user's items had, or nullptr. For evaluation with repeats excluded.
  [[nodiscard]] const User* user(PartitionId partition, std::string_view name) const;

  template <typename VisitUser>  // void(name, const User&)
  void visit_users(PartitionId partition, VisitUser visit_user) const {
    const UserTable& table = partitions_.at(partition).table;
    for (std::uint32_t row = 0; row < table.rows(); ++row) {
      if (table.alive(row)) visit_user(table.name(row), table[row]);
    }
  }

  [[nodiscard]] Timestamp last_event(UserRef ref) const;
  [[nodiscard]] Offset last_offset(UserRef ref) const;
  // Empty: there is no such user any more. Until the user goes.
  [[nodiscard]] std::string_view user_name(UserRef ref) const;
  [[nodiscard]] std::size_t users(PartitionId partition) const;
  [[nodiscard]] std::size_t users() const;
  // Rows 0 .. user_rows-1 may be walked; rank() skips dead ones.
  [[nodiscard]] std::uint32_t user_rows(PartitionId partition) const;
  // Greatest event time seen by this shard or, as of the last merge, by any.
  [[nodiscard]] Timestamp stream_time() const { return stream_time_; }
  // This shard's part of an epoch is full.
  [[nodiscard]] bool wants_merge() const;
  [[nodiscard]] std::uint64_t epoch_events() const { return epoch_events_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t evicted_users() const { return evicted_users_; }
  [[nodiscard]] std::uint64_t restarted_factors() const { return restarted_factors_; }
  [[nodiscard]] std::uint64_t moved_users() const { return moved_users_; }
  [[nodiscard]] bool expects_moves() const { return expects_moves_; }  // see Model::expect_moves()
  // Events above their users' allowance, which entered those users' histories and taught nobody else; and
  // those of new items that found no room.
  [[nodiscard]] std::uint64_t untaught() const { return untaught_; }
  // Users of this shard who got a past from another partition since this was asked last.
  [[nodiscard]] std::vector<UserRef> take_moved() { return std::exchange(moved_, {}); }
  // Of its users, estimated.
  [[nodiscard]] std::uint64_t bytes() const;

  // Of a cut under way (Model::begin_cut), between groups: puts down about so many bytes more of this shard's
  // part. True: it is whole.
  [[nodiscard]] bool save_some(std::size_t bytes);
  // The users of its partitions at the cut. Once, when whole.
  using UserCuts = std::map<PartitionId, std::unique_ptr<UserCut>>;
  [[nodiscard]] UserCuts take_cut();

  // At a boundary and at once. The users of one partition, by name, their items by name.
  void save_users(PartitionId partition, ByteWriter& out) const;
  // Replaces the partition's users; Model::know_items() was called for the section, or their items are
  // forgotten. Changes nothing that shards share. Factors are kept only if the section stems from this item
  // state. False: damaged; the partition is then empty.
  [[nodiscard]] bool load_users(PartitionId partition, ByteReader& in);

 private:
  static constexpr std::uint32_t kCovisitSteps = 5;
  static constexpr std::size_t kCovisitItems =
      12;              // of those steps: large baskets teach no better for being whole
  friend class Model;  // drives the boundary

  struct LineRows;
  struct PartitionUsers;
  void teach(PartitionUsers& users, std::uint32_t row, const TeachingAllowance::Lessons& lessons,
             const Group& group);
  void keep_untaught(User& user, const Line& line);
  [[nodiscard]] std::size_t draws() const;  // for each line
  void draw_rows(Random random, std::span<ItemRow> drawn);
  void draw_negatives(const Moment& moment, const Group& group, Random random, bool teaches);
  [[nodiscard]] bool is_negative(const Moment& moment, ItemRow row) const;
  [[nodiscard]] std::span<const ItemRow> negatives_of(const LineRows& line) const;
  [[nodiscard]] bool teaches_lone_line(Random random) const;
  // kNoItem: it is new, and there is no room for it in this epoch.
  [[nodiscard]] ItemId find_or_add_item(std::string_view name, ItemId found);
  void learn_blend(const Moment& moment, const TeachingAllowance::Lessons& lessons);
  void learn_transitions(const Moment& moment, ItemId item, float weight);
  void cancel(User& user, const Line& line, Timestamp time);
  static void forget_latest_take(User& user, ItemId item);
  void remember(User& user, ItemId item, Timestamp time);
  // So that a history is never longer than the limit and a quarter: it is cut now and then, not each time.
  void trim_history(User& user) const;
  [[nodiscard]] bool eligible(const User* user, ItemRow row) const;
  // visit(table, row) for the neighbour rows that the signals read of a user with this history.
  template <typename Visit>
  void visit_neighbours(std::span<const HistoryEntry> history, Visit visit) const {
    const RecentSteps steps = recent_steps(history, CovisitSignal::kSteps);
    for (const Step& step : steps.span()) visit(items_.covisit, row_of(step.item));
    std::array<ItemId, LongtermSignal::kItems> past;
    const std::size_t count = LongtermSignal::last_distinct(history, items_.index, past);
    for (std::size_t k = 0; k < count; ++k) visit(items_.longterm, row_of(past[k]));
  }
  // near(step) and far(item) for those of a history that learning pairs a new item with.
  template <typename Near, typename Far>
  void visit_pairs(std::span<const HistoryEntry> history, Near near, Far far) const {
    const RecentSteps recent = recent_steps(history, kCovisitSteps);
    for (const Step& step : recent.span().first(std::min(kCovisitItems, recent.size))) {
      if (items_.index.alive_or_new(step.item)) near(step);
    }
    std::array<ItemId, LongtermSignal::kItems> past;
    const std::size_t count = LongtermSignal::last_distinct(history, items_.index, past);
    for (std::size_t k = 0; k < count; ++k) far(past[k]);
  }
  // nullptr: there is no such user any more.
  [[nodiscard]] const UserTable* table_with(UserRef ref) const;
  [[nodiscard]] const User* user(UserRef ref) const;
  void rank_moment(const Moment& moment, std::size_t n, std::size_t kept, RankedList& out);
  // Rows that are candidates of every list: the most popular, the newest, those of the latest events.
  void gather_common_rows(Timestamp now);
  [[nodiscard]] bool had(const User* user, ItemRow row) const;
  void find_had(const User* user);
  [[nodiscard]] bool is_had(const Moment& moment, ItemRow row) const;  // after find_had()
  void find_candidates(const Moment& moment);
  void take_found(const Moment& moment, std::size_t wanted);
  void score_common(const Moment& moment);
  void score_touched(const Moment& moment, std::span<const ItemRow> rows);
  void score_found(const Moment& moment);
  void count_all(const Columns& columns);
  void add_means(const Columns& columns, ColumnRange range);
  void gather_features(std::size_t place, std::size_t lane, std::span<LaneFloats> out) const;
  void split_scores(const Moment& moment, std::size_t kept, RankedList& out);
  static std::size_t base_step(std::size_t n);
  void find_base(LiveHandle& live);
  void keep_entries(std::size_t kept, LiveHandle& live);
  void take_live(std::span<const float> common, std::size_t n, LiveRanking& out);
  void gather_seen(const Moment& moment, LiveHandle& live);
  [[nodiscard]] RankedEntry entry_of(std::size_t place) const;
  void explain(const Moment& moment, std::span<RankedEntry> entries) const;
  void begin_cut(const std::shared_ptr<ItemCut>& items);
  void take_past(User& user, User&& past) const;
  void rename_items(const Exchange::Aliases& aliases);
  void begin_epoch(Timestamp stream_time);

  // The blend that this shard ranks by and teaches.
  [[nodiscard]] Blend& current_blend() { return exchange_.direct() ? base_blend_ : own_blend_; }
  [[nodiscard]] const Blend& current_blend() const { return exchange_.direct() ? base_blend_ : own_blend_; }

  struct PartitionUsers {
    UserTable table;
    std::uint64_t heap = 0;  // bytes that users take beside their rows; kept up only where there is a limit
    std::vector<std::uint32_t> touched;  // rows that learned this epoch, only with more than one shard
    UserCut* cut = nullptr;              // under way

    // The user in that row is about to change or go.
    void before_change(std::uint32_t row) {
      if (cut != nullptr) cut->before_change(row);
    }
  };
  // nullptr: not a partition of this shard.
  [[nodiscard]] PartitionUsers* users_of(PartitionId partition) const {
    const auto number = static_cast<std::size_t>(partition);
    return number < by_number_.size() ? by_number_[number] : nullptr;
  }
  [[nodiscard]] std::uint32_t find_or_add(PartitionUsers& users, const Group& group);
  // Before anything is done with a user's references: those that are worn (ItemIndex::wraps()) are dead.
  void forget_worn(PartitionUsers& users, std::uint32_t row) const {
    if (items_.index.wraps() != users.table.sound_at(row)) [[unlikely]]
      bury_worn(users, row);
  }
  void bury_worn(PartitionUsers& users, std::uint32_t row) const;
  // The user, after that; nullptr: there is no such user any more.
  [[nodiscard]] const User* sound_user(UserRef ref) const;
  // Where user and item most likely are. nullptr: not a partition of this shard.
  const PartitionUsers* guess_rows(Hint& hint) const;
  void make_user_room(PartitionUsers& users);
  // The least recently active of a sample goes, but not `spared`.
  void evict_user(PartitionUsers& users, std::uint32_t spared);
  void remove_user(PartitionUsers& users, std::uint32_t row);
  void count_heap(PartitionUsers& users) const;
  // This shard's part of limits.max_bytes, of which rows may take all but one of kHeapShare.
  static constexpr std::uint64_t kHeapShare = 8;
  struct UserBytes {
    std::uint64_t rows = 0;
    std::uint64_t heap = 0;
  };
  [[nodiscard]] UserBytes user_bytes() const;
  [[nodiscard]] bool room_for_a_row() const;
  [[nodiscard]] bool over_user_bytes() const;

  const config::Options options_;
  Parameters parameters_;
  ItemState& items_;
  Blend& base_blend_;
  std::size_t index_;
  std::size_t shards_;
  bool exclude_repeats_;
  std::uint64_t lineage_;  // of the item state: factors of other lineages mean nothing here

  Exchange exchange_;
  FactorView factors_;
  Blend own_blend_;  // with more than one shard: the base as this epoch changed it
  FactorLearner factor_learner_;
  Scorer scorer_;
  CandidateFinder candidates_;
  bool learns_blend_;
  const TeachingAllowance allowance_;
  const std::uint64_t most_user_bytes_;  // 0: without a limit
  std::map<PartitionId, PartitionUsers> partitions_;
  std::vector<PartitionUsers*> by_number_;  // the same by their number; null: none
  std::shared_ptr<ItemCut> item_cut_;  // of the cut under way; null: none, or this shard's part was taken
  UserCuts user_cuts_;                 // of the same
  absl::flat_hash_set<std::uint64_t> hidden_;  // hashes of names

  std::vector<ItemRow>
      top_rows_;  // of the last boundary, or with one shard of a few events ago; empty: look again
  std::uint64_t top_rows_events_ = 0;
  CommonRows common_rows_;  // the latest, then top_rows_
  struct TaughtItem {
    ItemId item;
    std::uint64_t sound_at;  // ItemIndex::wraps() when it was taken
  };
  std::vector<TaughtItem> group_items_;
  std::vector<ItemId> found_items_;  // of the group's lines, before any was learned; or kNoItem
  std::vector<ItemRow> pool_;        // negatives of this epoch, only with more than one shard
  std::vector<ItemRow> drawn_;
  std::vector<ItemRow> rows_;
  struct LineRows {  // a part of rows_
    std::size_t first;
    std::size_t count;
    bool known;  // the first is the line's own, the others are negatives; else all are
    float weight;
  };
  std::vector<LineRows> line_rows_;
  std::vector<float> corrections_;
  std::vector<float> scores_;
  std::vector<float> common_scores_;  // the common parts of scores_
  std::vector<float> block_scores_;
  std::vector<float> block_common_;
  std::span<const ItemRow> found_;     // candidates beside the common rows
  std::vector<std::uint32_t> places_;  // in common_rows_, of the first of rows_
  std::size_t untouched_ = 0;          // so many of these have nothing personal to the user
  std::vector<std::uint32_t> touched_places_;
  Columns touched_{kColumnCount};        // the touched columns of the others of these
  std::vector<Columns> found_blocks_;    // features of rows_ behind these
  std::vector<std::uint8_t> had_slots_;  // by the scorer's slots: 1 if the user had it, see is_had()
  bool asks_seen_ = false;               // there is more that the user had
  std::vector<ItemRow> had_common_;      // common rows that the user had
  std::vector<float> counted_;           // by row of a block: 1 if it counts for column_means_, else 0
  std::array<float, kColumnCount> column_means_{};
  BestRows best_rows_;
  std::unique_ptr<CatalogueScan> scan_;     // null before the first one
  std::span<const BestRows::Entry> shown_;  // of rows_, in the list's order
  std::vector<BestRows::Entry> kept_;       // of rows_, behind these
  std::vector<float> personal_parts_;
  Timestamp stream_time_{};
  Timestamp epoch_first_{Timestamp::max()};
  Timestamp epoch_last_{Timestamp::min()};
  std::uint64_t epoch_events_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t evicted_users_ = 0;
  std::uint64_t untaught_ = 0;
  std::uint64_t restarted_factors_ = 0;

  // Only where moves are expected, see Model::move_users().
  struct Erased {
    PartitionId partition;
    std::string user;
  };
  bool expects_moves_ = false;
  std::vector<UserRef> arrivals_;  // users that were new in this epoch
  std::vector<Erased> erased_;     // in this epoch, known or not
  std::vector<UserRef> moved_;
  std::uint64_t moved_users_ = 0;
};

}  // namespace sluice::model

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
#include "model/blend.h"
#include "model/candidates.h"
#include "model/common_rows.h"
#include "model/exchange.h"
#include "model/factor_learner.h"
#include "model/factor_view.h"
#include "model/parameters.h"
#include "model/scorer.h"
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
  void assign(PartitionId partition) { partitions_.try_emplace(partition); }
  void drop(PartitionId partition);
  [[nodiscard]] bool owns(PartitionId partition) const { return partitions_.contains(partition); }
  [[nodiscard]] std::vector<PartitionId> partitions() const;

  // Learns a group of a partition it owns; the user is created if unknown.
  UserRef learn(const Group& group);
  [[nodiscard]] std::optional<UserRef> find(PartitionId partition, std::string_view user) const;
  // Forgets the user; the item counts it left stay. False: not known.
  bool erase(PartitionId partition, std::string_view user);
  // Takes one event back: out of the user's history and the item's counts. False: no such event is
  // remembered.
  bool retract(PartitionId partition, std::string_view user, std::string_view item, Timestamp time);
  // Items to be left out of every list.
  void set_hidden(std::string_view item, bool hidden);

  // The user's n best items, min(n, eligible items) of them, and up to `kept` further ones for merging.
  // False: there is no such user any more.
  [[nodiscard]] bool rank(UserRef user, Timestamp now, std::size_t n, RankedList& out, std::size_t kept = 0);
  // The list of a user of whom nothing is known.
  void rank_unknown(Timestamp now, std::size_t n, RankedList& out, std::size_t kept = 0);
  // The live list of each context, n entries at most, from the most popular and the newest items.
  void rank_live(Timestamp now, std::size_t n, std::array<LiveRanking, kContexts>& out);

  // Scores every item for a user (who may be unknown), in blocks of the index's live rows:
  // visit(place of the first, features, blend's scores). For evaluation. Items without events are among them.
  using Visit = std::function<void(std::size_t first, const Columns& columns, std::span<const float> scores)>;
  void score_all(PartitionId partition, std::string_view user, Timestamp now, const Visit& visit);
  // The user's items had, or nullptr. For evaluation with repeats excluded.
  [[nodiscard]] const User* user(PartitionId partition, std::string_view name) const;

  template <typename VisitUser>  // void(const User&)
  void visit_users(PartitionId partition, VisitUser visit_user) const {
    const UserTable& table = partitions_.at(partition).table;
    for (std::uint32_t row = 0; row < table.rows(); ++row) {
      if (table.alive(row)) visit_user(table[row]);
    }
  }

  [[nodiscard]] Timestamp last_event(UserRef user) const;
  [[nodiscard]] Offset last_offset(UserRef user) const;
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
  void prefetch(const Moment& moment) const;
  void draw_negatives(const Moment& moment, const Group& group, Random& random);
  [[nodiscard]] bool is_negative(const Moment& moment, ItemRow row) const;
  [[nodiscard]] std::span<const ItemRow> negatives_of(const LineRows& line) const;
  [[nodiscard]] bool teaches_lone_line(Random& random) const;
  void learn_blend(const Moment& moment);
  void learn_transitions(const Moment& moment, ItemId item, float weight);
  void cancel(User& user, const Line& line, Timestamp time);
  void remember(User& user, ItemId item, Timestamp time);
  [[nodiscard]] bool eligible(const User* user, ItemRow row) const;
  void rank_moment(const Moment& moment, std::size_t n, std::size_t kept, RankedList& out);
  // Rows that are candidates of every list: the most popular, the newest, those of the latest events.
  void gather_common_rows(Timestamp now);
  [[nodiscard]] bool had(const User* user, ItemRow row) const;
  void find_had(const User* user);
  void find_candidates(const Moment& moment, std::size_t wanted);
  void score_touched(const Moment& moment);
  void score_untouched(const Moment& moment);
  void split_scores(const Moment& moment, std::size_t kept, RankedList& out);
  void find_base(LiveHandle& live);
  void keep_entries(std::size_t shown, std::size_t kept, LiveHandle& live);
  void take_live(std::span<const float> common, std::size_t n, LiveRanking& out);
  void gather_seen(const Moment& moment, LiveHandle& live);
  [[nodiscard]] std::size_t order_rows(std::span<const float> scores, std::size_t n);
  void explain(const Moment& moment, std::span<const ItemRow> rows, RankedList& out);
  void begin_cut(const std::shared_ptr<ItemCut>& items);
  void take_past(User& user, const User& past) const;
  void rename_items(const Exchange::Aliases& aliases);
  void begin_epoch(Timestamp stream_time);

  // The blend that this shard ranks by and teaches.
  [[nodiscard]] Blend& current_blend() { return exchange_.direct() ? base_blend_ : own_blend_; }
  [[nodiscard]] const Blend& current_blend() const { return exchange_.direct() ? base_blend_ : own_blend_; }

  struct PartitionUsers {
    UserTable table;
    std::vector<std::uint32_t> touched;  // rows that learned this epoch, only with more than one shard
    UserCut* cut = nullptr;              // under way

    // The user in that row is about to change or go.
    void before_change(std::uint32_t row) {
      if (cut != nullptr) cut->before_change(row);
    }
  };
  [[nodiscard]] std::uint32_t find_or_add(PartitionId partition, std::string_view name);
  void make_user_room(PartitionUsers& users);

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
  std::map<PartitionId, PartitionUsers> partitions_;
  std::shared_ptr<ItemCut> item_cut_;  // of the cut under way; null: none, or this shard's part was taken
  UserCuts user_cuts_;                 // of the same
  absl::flat_hash_set<std::uint64_t> hidden_;  // hashes of names

  std::vector<ItemRow>
      top_rows_;  // of the last boundary, or with one shard of a few events ago; empty: look again
  std::uint64_t top_rows_events_ = 0;
  CommonRows common_rows_;  // the latest, then top_rows_
  std::vector<ItemId> group_items_;
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
  std::vector<ItemRow> negatives_;
  std::vector<float> scores_;
  std::vector<float> common_scores_;  // the common parts of scores_
  std::vector<float> block_scores_;
  std::vector<float> block_common_;
  std::size_t touched_ = 0;               // rows_ behind so many have nothing personal to the user
  std::vector<std::uint32_t> untouched_;  // their places in common_rows_
  RowFilter had_filter_;                  // passes what the user had, and some more
  std::vector<ItemRow> had_rows_;
  std::vector<float> ones_;
  std::array<float, kColumnCount> column_means_{};
  std::vector<std::uint32_t> order_;
  std::vector<float> personal_parts_;
  Timestamp stream_time_{};
  Timestamp epoch_first_{Timestamp::max()};
  Timestamp epoch_last_{Timestamp::min()};
  std::uint64_t epoch_events_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t evicted_users_ = 0;
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

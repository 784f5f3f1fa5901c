#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "config/options.h"
#include "model/blend.h"
#include "model/exchange.h"
#include "model/item_cut.h"
#include "model/item_state.h"
#include "model/parameters.h"
#include "model/shard.h"
#include "model/types.h"

namespace sluice::model {

// The whole model of one process: item state common to all shards, and the shards, which own the users.
//
// Between boundaries each shard is used by exactly one thread and changes nothing common; with more than one
// shard its changes to items wait in its Exchange. A boundary (merge or snapshot) needs all shards at rest.
class Model {
 public:
  // Uses instance, seed, model, ranking, limits, epoch and publish.idle_window of the options.
  Model(const config::Options& options, int shards);
  ~Model();

  [[nodiscard]] Shard& shard(int index) { return *shards_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] int shards() const { return static_cast<int>(shards_.size()); }

  // The end of an epoch. begin and end: one thread; merge_slice(i), for each i in [0, shards()) once: any
  // threads, in parallel. merge() does all three on the caller's thread.
  void merge_begin();
  void merge_slice(int slice);
  void merge_end();
  void merge();
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  // Whether the shards together have seen enough events, enough event time or enough new items for an epoch
  // to end.
  [[nodiscard]] bool wants_merge() const;

  // Names of the blend's columns; RankedEntry::why are indices into it.
  [[nodiscard]] std::span<const std::string> columns() const { return columns_; }

  // Read-only between boundaries.
  [[nodiscard]] const ItemState& items() const { return items_; }

  // Takes a cut at a boundary: the state as it is now, to be put down in pieces while learning goes on. Each
  // shard calls Shard::save_some() until its part is whole and hands it over (take_cut()); when all have done
  // so, the items of the cut are whole too. A cut that was under way is given up.
  [[nodiscard]] std::shared_ptr<ItemCut> begin_cut();
  // At a boundary and at once. Everything common to all shards, generator states included.
  void save_items(ByteWriter& out) const;
  // False: damaged, of an unknown version, or more than there is room for; the model is then as new.
  [[nodiscard]] bool load_items(ByteReader& in);
  // After a load that failed: the rows of items that were to be loaded, if limits.max_items (or what
  // limits.max_bytes makes of it) leaves less room than that. Else 0.
  [[nodiscard]] std::size_t rows_without_room() const { return items_.rows_without_room; }
  // Rows of items that there is room for.
  [[nodiscard]] std::size_t item_room() const { return items_.capacity; }

  // Makes known the items that a users section speaks of; to be called before Shard::load_users, by one
  // thread at a boundary. A damaged section: as far as it can be read.
  void know_items(std::span<const std::byte> users_section);

  // Partitions were added to the topics, so that users may turn up in another one than before: from now on
  // each user that is new somewhere is looked for in the other partitions that are held here, at the end of
  // the epoch, and brings the past along. That ends when the stream has gone on for publish.idle_window since
  // then: who was silent for longer is not expected back. At a boundary.
  void expect_moves();
  [[nodiscard]] bool expects_moves() const;
  // As a snapshot knows it: the stream's time when partitions were added. Nothing: none were.
  [[nodiscard]] std::optional<Timestamp> moves_since() const { return moves_since_; }
  void expect_moves_since(Timestamp since);

  // At a boundary.
  [[nodiscard]] Stats stats() const;

 private:
  [[nodiscard]] static std::size_t item_capacity(const config::Options& options, int shards);
  [[nodiscard]] static std::size_t reserve_rows(const config::Options& options, int shards);
  [[nodiscard]] static Blend::Options blend_options(const config::ModelOptions& model,
                                                    const Parameters& parameters);
  void name_new_items(Shard& shard);
  void refill_reserves();
  [[nodiscard]] ItemCut::Frame items_frame() const;
  [[nodiscard]] bool load_reserves(std::uint32_t version, std::uint32_t saved_shards, ByteReader& in);
  void end_cut_if_released();
  void move_users();
  void end_moves();
  [[nodiscard]] Timestamp stream_time() const;
  struct Whereabouts {
    Shard* shard;
    UserRef user;
  };
  [[nodiscard]] std::optional<Whereabouts> find_elsewhere(PartitionId partition, std::string_view user);

  config::Options options_;
  std::size_t reserve_rows_;  // for new items, that each shard holds ready
  Parameters parameters_;
  std::vector<std::string> columns_;
  ItemState items_;
  Blend blend_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::shared_ptr<ItemCut> cut_;  // under way, or over since the last boundary
  Exchange::Aliases aliases_;     // of the merge under way: rows that two shards gave to one new item
  std::optional<Timestamp> moves_since_;
  Epoch epoch_{1};
};

}  // namespace sluice::model

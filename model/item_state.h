#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "model/factors.h"
#include "model/item_index.h"
#include "model/item_stats.h"
#include "model/latest_rows.h"
#include "model/neighbours.h"
#include "model/slices.h"
#include "model/top_list.h"

namespace sluice::model {

// Everything that is known of items: common to all shards, and read-only while an epoch lasts (with one shard
// it changes at once).
struct ItemState {
  // rows: of memory; most_items: live items, beyond which the least recently active make room.
  ItemState(std::size_t rows, std::size_t most_items, std::size_t slices);

  // Counts an event and keeps the owner slice's lists of the most popular and of the latest. One thread per
  // slice.
  void add(const StatsIncrement& increment, std::size_t slice);
  // In their order.
  void add_all(std::span<const StatsIncrement> increments, std::size_t slice);
  // A free row for a new item; evicts one if need be. One thread, at a boundary (or with one shard).
  [[nodiscard]] ItemRow make_room();
  void evict_one();
  void evict(ItemRow row);
  // The item of that name, a new one without events if need be. One thread, at a boundary.
  [[nodiscard]] ItemId find_or_add(std::string_view name, std::uint64_t seed);
  // Rows of the most popular items of each half-life, and of the newest; may repeat. Stable between
  // boundaries.
  [[nodiscard]] std::vector<ItemRow> top_rows() const;

  [[nodiscard]] std::uint64_t bytes() const;  // of the rows in use

  // Puts down one part of a row for the cut; those after the index only of rows that are bound.
  void save_part(const ItemCut& cut, ItemPart part, ItemRow row, ByteWriter& out) const;
  // What is not of rows.
  void save_rest(ByteWriter& out) const;
  // What ItemCut made of these: the index, the other parts row by row, the rest. `sets`: neighbours have
  // them.
  [[nodiscard]] bool load(bool sets, ByteReader& in);
  // From now on the cut is told before a row changes; nullptr: no cut is open.
  void watch(ItemCut* cut);

  static constexpr std::size_t kTopLists = kHalfLives.size() + 1;  // the half-lives, and ever
  static constexpr std::size_t kNewest = 64;
  struct SliceTops {
    std::array<TopList, kTopLists> lists;
    std::array<ItemRow, kNewest> newest{};  // a ring
    std::size_t born = 0;                   // items ever counted first here

    [[nodiscard]] bool within(ItemRow rows) const;  // all entries are below
  };

  std::size_t capacity;  // rows
  std::size_t max_items;
  std::size_t rows_without_room = 0;  // of a load that failed for want of room
  ItemIndex index;
  ItemStatsTable stats;
  NeighbourTable covisit;   // the next few steps after an item
  NeighbourTable longterm;  // anything in the same user's longer past
  FactorTable factors;
  std::vector<SliceTops> tops;  // by slice
  // By slice: items of the latest events. Not in snapshots: after a restart by the time of their latest
  // event.
  std::vector<LatestRows> latest;
  std::uint64_t evictions = 0;

 private:
  void count(const StatsIncrement& increment, SliceTops& top);
  void find_latest();
  [[nodiscard]] bool load_tops(ByteReader& in);
  void deal_out(const SliceTops& saved);
};

}  // namespace sluice::model

#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/item_state.h"

namespace sluice::model {

// What a shard wants changed in the common item state. With one shard it is applied at once; else it waits
// here by owner until the epoch ends.
class Exchange {
 public:
  Exchange(ItemState& items, std::size_t slices) : items_(items), logs_(slices) {}

  [[nodiscard]] bool direct() const { return logs_.size() == 1; }
  void add(const StatsIncrement& increment) {
    if (direct()) return items_.add(increment, 0);
    logs_[slice_of(increment.row, logs_.size())].stats.push_back(increment);
  }
  void add_covisit(const NeighbourIncrement& increment) {
    if (direct()) return items_.covisit.add(increment);
    logs_[slice_of(increment.from, logs_.size())].covisit.push_back(increment);
  }
  void add_longterm(const NeighbourIncrement& increment) {
    if (direct()) return items_.longterm.add(increment);
    logs_[slice_of(increment.from, logs_.size())].longterm.push_back(increment);
  }

  // The item of that name, new in this shard if need be. `added` tells whether this call made it. kNoItem:
  // it is new and the reserve is used up, so no item can be added before the epoch ends.
  struct Found {
    ItemId item;
    bool added;
  };
  [[nodiscard]] Found find_or_add(std::string_view name);
  // The item of that name, known to all or new in this shard; or kNoItem.
  [[nodiscard]] ItemId find(std::string_view name) const;
  [[nodiscard]] bool has_new() const { return !new_items_.empty(); }
  // New in this shard: nobody else knows it before the epoch ends.
  [[nodiscard]] bool is_new(ItemId item) const {
    return new_by_row_.contains(row_of(item)) && items_.index.id_of(row_of(item)) == item;
  }
  // Of an item known to all or new in this shard; until the next call of find_or_add().
  [[nodiscard]] std::string_view name(ItemRow row) const;

  // Rows in reserve, so that new items have their final row at once.
  [[nodiscard]] std::vector<ItemRow>& reserve() { return reserve_; }
  // Whether so many new items find a row in this epoch, or the reserve is as full as it will ever be.
  [[nodiscard]] bool has_room(std::size_t items) const {
    return direct() || items <= reserve_.size() || new_items_.empty();
  }
  // Three quarters of the reserve are used: the epoch is to end.
  [[nodiscard]] bool is_short() const { return new_items_.size() > 3 * reserve_.size(); }
  struct NewItem {
    ItemRow row;
    std::string name;
  };
  [[nodiscard]] std::vector<NewItem>& new_items() { return new_items_; }

  // The owner's part of the merge: applies what this shard logged for that slice, rows renamed by `aliases`.
  using Aliases = absl::flat_hash_map<std::uint32_t, ItemId>;
  void apply(std::size_t slice, const Aliases& aliases);
  void clear();

 private:
  struct Log {
    std::vector<StatsIncrement> stats;
    std::vector<NeighbourIncrement> covisit;
    std::vector<NeighbourIncrement> longterm;
  };
  void apply_renamed(const Log& log, std::size_t slice, const Aliases& aliases);

  ItemState& items_;
  std::vector<Log> logs_;  // by slice
  std::vector<ItemRow> reserve_;
  std::vector<NewItem> new_items_;
  absl::flat_hash_map<std::string, ItemRow> new_by_name_;
  absl::flat_hash_map<ItemRow, std::size_t> new_by_row_;  // place in new_items_
};

}  // namespace sluice::model

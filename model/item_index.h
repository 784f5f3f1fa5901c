#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "model/compact_name.h"
#include "model/item_id.h"
#include "model/mapped_array.h"
#include "model/name_map.h"
#include "model/row_gate.h"
#include "model/stable_array.h"

namespace sluice::model {

// Hash of an item's name: the same in every process.
[[nodiscard]] std::uint64_t hash_item_name(std::string_view name);

// Item ids of the outside world and their rows. Reading is safe while nobody changes it.
class ItemIndex {
 public:
  // The item of that name, or kNoItem.
  static constexpr ItemId kNoItem = kDeadItem;
  [[nodiscard]] ItemId find(std::string_view name) const { return find(name, hash_item_name(name)); }
  [[nodiscard]] ItemId find(std::string_view name, std::uint64_t hash) const {
    const std::uint32_t row =
        by_name_.find(hash, [&](std::uint32_t k) { return rows_[k].hash == hash && rows_[k].name.is(name); });
    return row == NameMap::kNone ? kNoItem : id_of(row);
  }
  // The same of a name that is not empty, quicker where the guess is right.
  [[nodiscard]] ItemId find_guessed(std::string_view name, ItemRow guess) const {
    return guess < rows_.size() && rows_[guess].name.is(name) ? id_of(guess) : find(name);
  }
  // Asks for what looking up an item of that hash reads; the second for what the first brought, so let some
  // other work pass between them.
  void prefetch_place(std::uint64_t hash) const { by_name_.prefetch(hash); }
  void prefetch_name(ItemRow row) const {
    if (row < rows_.size()) prefetch_bytes(&rows_[row], sizeof(Row));
  }
  // What alive() and bound() read.
  void prefetch_life(ItemRow row) const { prefetch_bytes(&lives_[row], sizeof(std::uint16_t)); }
  // The row of an item of that hash, most likely, or kNoRow; looks at no row.
  [[nodiscard]] ItemRow guess(std::uint64_t hash) const {
    const std::uint32_t row = by_name_.guess(hash);
    return row == NameMap::kNone ? kNoRow : row;
  }

  // Takes a free row, without a name yet; kNoRow if all kMaxItemRows are in use.
  [[nodiscard]] ItemRow reserve();
  // Gives a reserved row back unused.
  void release(ItemRow row) { free_.push_back(row); }
  // Names a reserved row. The name must be unknown.
  ItemId bind(std::string_view name, ItemRow row);
  // Forgets the item: its row is free, and references to it are dead.
  void evict(ItemRow row);

  [[nodiscard]] ItemId id_of(ItemRow row) const { return make_item_id(row, generation(row)); }
  [[nodiscard]] bool alive(ItemId id) const { return lives_[row_of(id)] == living_mark(generation_of(id)); }
  [[nodiscard]] bool bound(ItemRow row) const { return row < rows() && is_bound(row); }
  // By row, for every row there can be: living_mark() of a living item's generation; else below it.
  [[nodiscard]] const std::uint16_t* lives() const { return lives_.data(); }
  // The same for an item that is new in this epoch and has a row, but no name there yet.
  [[nodiscard]] bool alive_or_new(ItemId id) const { return generation(row_of(id)) == generation_of(id); }
  // Whether any item was evicted, so that references may be dead.
  [[nodiscard]] bool has_evicted() const { return has_evicted_; }

  // How often the generation of some row began again, since the process began. A reference is good for
  // alive() only until then: whoever keeps references notes wraps() when all of them are sound, and as long
  // as it is the same, they are. If not, those that are worn are dead, and to be forgotten before alive() is
  // asked.
  [[nodiscard]] std::uint64_t wraps() const { return wraps_; }
  // Of the row: wraps() when its generation began again last, or 0.
  [[nodiscard]] std::uint64_t wrapped_at(ItemRow row) const { return wrapped_at_[row]; }
  [[nodiscard]] bool is_worn(ItemId id, std::uint64_t sound_at) const {
    return wrapped_at(row_of(id)) > sound_at;
  }
  [[nodiscard]] std::string_view name(ItemRow row) const { return rows_[row].name; }
  [[nodiscard]] std::uint64_t name_hash(ItemRow row) const { return rows_[row].hash; }
  // Rows of all items, in no order, and the place of a bound row among them.
  [[nodiscard]] std::span<const ItemRow> live() const { return live_; }
  [[nodiscard]] std::uint32_t live_place(ItemRow row) const { return rows_[row].place; }
  // Rows handed out so far: all valid rows are below.
  [[nodiscard]] ItemRow rows() const { return static_cast<ItemRow>(rows_.size()); }
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

  // Rows that reserve() takes first, the next one last.
  [[nodiscard]] std::span<const ItemRow> free_rows() const { return free_; }

  // The number of rows, each row as save_row() puts it, live rows, free rows. Rows, generations and the
  // orders of live and free rows come back as they were.
  void save(ByteWriter& out) const;
  void save_row(ItemRow row, ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);
  // Rows without a name come and go without the gate's knowledge; see ItemCut.
  void watch(RowGate gate) { gate_ = gate; }

 private:
  [[nodiscard]] bool restore_order(std::span<const ItemRow> live);
  [[nodiscard]] std::uint8_t generation(ItemRow row) const { return static_cast<std::uint8_t>(lives_[row]); }
  [[nodiscard]] bool is_bound(ItemRow row) const { return lives_[row] >= living_mark(0); }

  struct Row {
    CompactName name;
    std::uint64_t hash = 0;
    std::uint32_t place = 0;  // in live_
  };
  RowGate gate_;
  StableArray<Row> rows_;
  // By row, for every row there can be; apart and in huge pages, because it is asked for at every turn.
  MappedArray<std::uint16_t> lives_{kMaxItemRows + 1};
  MappedArray<std::uint64_t> wrapped_at_{kMaxItemRows + 1, false};  // the same; hardly ever touched
  std::uint64_t wraps_ = 0;
  bool has_evicted_ = false;
  std::vector<ItemRow> live_;
  std::vector<ItemRow> free_;
  NameMap by_name_;
};

}  // namespace sluice::model

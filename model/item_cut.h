#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/pieces.h"
#include "model/item_state.h"

namespace sluice::model {

// The item state as it stands at one boundary, put down while it goes on changing: each shard puts down a
// range of the rows in small pieces (save_some), and a row that is about to change before its turn is put
// down first, by part (RowGate). In what order that happens makes no difference to the bytes that come out.
//
// With one shard all of it happens on that shard's thread. With several, rows change only in merges, each
// slice's by one thread, while nobody is in save_some().
class ItemCut {
 public:
  struct Frame {  // the section's bytes before and after what ItemState holds
    std::vector<std::byte> head;
    std::vector<std::byte> tail;
  };
  // At a boundary; `items` outlives the cut's being open. Reads no rows.
  ItemCut(const ItemState& items, Frame frame, std::size_t ranges);

  // Puts down about so many bytes more of the range. One thread a range.
  void save_some(std::size_t range, std::size_t bytes);
  [[nodiscard]] bool range_whole(std::size_t range) const {
    return ranges_[range].next == ranges_[range].end;
  }
  // All ranges are. Any thread; what the ranges' threads did is then seen.
  [[nodiscard]] bool whole() const { return ranges_left_.load(std::memory_order_acquire) == 0; }
  // Once for each range, when it is whole and its thread asks no more for alive() or name().
  void release() { users_left_.fetch_sub(1, std::memory_order_acq_rel); }
  // Everybody did: changes need not be told any more.
  [[nodiscard]] bool released() const { return users_left_.load(std::memory_order_acquire) == 0; }
  // The section. Once, when whole; any thread, also while the items change.
  [[nodiscard]] Pieces take();

  // As at the cut: whether the reference means an item, whether it is worn if it was sound when
  // ItemIndex::wraps() was that, and the name of a row that was bound.
  [[nodiscard]] bool alive(ItemId item) const;
  [[nodiscard]] bool is_worn(ItemId item, std::uint64_t sound_at) const;
  [[nodiscard]] std::string_view name(ItemRow row) const;
  [[nodiscard]] ItemRow rows() const { return rows_; }

  [[nodiscard]] RowGate gate(ItemPart part);
  // For RowGate, on the thread that may change the row.
  void keep(ItemPart part, ItemRow row);
  void remember_name(ItemRow row);

 private:
  static constexpr std::uint32_t kUnbound = ~std::uint32_t{0};
  struct Part {
    explicit Part(std::size_t capacity) : kept(capacity), record(capacity) {}
    MappedArray<std::uint8_t> kept;        // by row: put down, early or in its turn
    MappedArray<const std::byte*> record;  // of those put down early: u32 size, bytes
  };
  struct alignas(64) Slice {  // of what one thread changes
    Pieces early;
    ByteWriter record;
  };
  struct alignas(64) Range {
    ItemRow next = 0;
    ItemRow end = 0;
    Pieces index;
    Pieces rows;
    ByteWriter record;
  };
  struct Former {
    std::uint8_t generation;
    std::uint64_t wrapped_at;
    std::string name;
  };

  [[nodiscard]] Part& part(ItemPart part) { return parts_[static_cast<std::size_t>(part)]; }
  void write(ItemPart part, ItemRow row, ByteWriter& out) const;
  [[nodiscard]] std::span<const std::byte> as_it_was(ItemPart part, ItemRow row, ByteWriter& record);
  [[nodiscard]] std::size_t save_row(ItemRow row, Range& range);

  const ItemState& items_;
  const ItemRow rows_;
  Frame frame_;
  std::vector<ItemRow> live_;  // filled in as rows are put down
  std::vector<ItemRow> free_;
  std::vector<std::byte> rest_;
  std::vector<Part> parts_;
  std::vector<Slice> slices_;
  std::vector<Range> ranges_;
  absl::flat_hash_map<ItemRow, Former> former_;  // of rows that were evicted since
  std::atomic<std::size_t> ranges_left_;
  std::atomic<std::size_t> users_left_;
};

}  // namespace sluice::model

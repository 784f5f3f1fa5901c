#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "model/item_index.h"
#include "model/user_table.h"

// A section "users/<partition>", version 3:
//
//   u32   version
//   u64   lineage of the item state: factors of another one mean nothing here
//   u64   number of items that users refer to, then for each, by row
//     u32     the item as users refer to it (ItemId); references that are not listed are dead, and kDeadItem
//             since wrapped generations are told apart
//     string  its name
//   u64   number of rows, then for each a user, or an empty string where the row is free:
//     string  name
//     i64     time of the first event, Unix ms; the same of the last one; offset of the last one
//     u64     events
//     f32     what the user has used of the teaching allowance; not before version 3
//     f32     AdaGrad accumulator, then 32 factors
//     array   history: item u32, seconds u32
//     array   items seen, u32
//     array   Bloom filter of further ones, u64
//   array free rows u32, the next to be used last
//
// In version 1 items are numbered in the order of their names instead, there are no dead references, rows are
// only those of users, and no free rows follow.
namespace sluice::model {

struct UsersHeader {
  static constexpr std::uint32_t kVersion = 3;
  struct Item {
    ItemId reference;
    std::string_view name;  // a view of the section
  };
  std::uint32_t version = 0;
  std::uint64_t lineage = 0;
  std::vector<Item> items;
  std::uint64_t rows = 0;
  [[nodiscard]] bool known() const { return version >= 1 && version <= kVersion; }
};
[[nodiscard]] UsersHeader read_users_header(ByteReader& in);

void save_user(std::string_view name, const User& user, ByteWriter& out);
void save_free_row(ByteWriter& out);
// Calls visit(ItemId, where) for each reference in what save_user() or save_free_row() put down.
template <typename Visit>
void for_each_reference(std::span<const std::byte> record, Visit visit);

// What a section's references to items mean here.
class ItemReferences {
 public:
  // own_items: the section stems from this item state, in which dead references keep their places.
  ItemReferences(const UsersHeader& header, const ItemIndex& index, bool own_items);
  // Nothing: the item is gone, or never was here, and leaves no place.
  [[nodiscard]] std::optional<ItemId> resolve(ItemId reference) const;

 private:
  struct Listed {
    ItemId reference = ItemIndex::kNoItem;
    ItemId item = ItemIndex::kNoItem;
  };
  const bool own_items_;
  std::vector<Listed> listed_;  // by the reference's row
};
// All but the name, of a section of that version. Factors are zero unless they are to be kept.
void load_user(User& user, std::uint32_t version, const ItemReferences& items, bool keep_factors,
               ByteReader& in);

template <typename Visit>
void for_each_reference(std::span<const std::byte> record, Visit visit) {
  constexpr std::size_t kFixed = 4 * sizeof(std::int64_t) + 2 * sizeof(float) + sizeof(User::factors);
  std::size_t at = 0;
  const auto next = [&]<typename T>(T value) {
    std::memcpy(&value, record.data() + at, sizeof value);
    at += sizeof value;
    return value;
  };
  const auto name_size = next(std::uint32_t{});
  if (name_size == 0) return;
  at += name_size + kFixed;
  static_assert(offsetof(HistoryEntry, item) == 0);
  for (auto entries = next(std::uint64_t{}); entries > 0; --entries) {
    const std::size_t where = at;
    visit(next(HistoryEntry{}).item, where);
  }
  for (auto seen = next(std::uint64_t{}); seen > 0; --seen) {
    const std::size_t where = at;
    visit(next(ItemId{}), where);
  }
}

}  // namespace sluice::model

#pragma once

#include <cstdint>

namespace sluice::model {

// Dense index of an item's rows in all item tables.
using ItemRow = std::uint32_t;

// Reference to an item: its row and the row's generation. When an item is evicted its row gets a new
// generation, so references that are still around (histories, neighbours) are seen to be dead. Generations
// have 8 bits and wrap: whoever keeps references looks them through after that (ItemIndex::wraps()).
enum class ItemId : std::uint32_t {};

inline constexpr std::uint32_t kRowBits = 24;
inline constexpr std::uint32_t kMaxItemRows = (1U << kRowBits) - 1;
inline constexpr ItemRow kNoRow = kMaxItemRows;

// A reference that is dead for good, greater than all others.
inline constexpr ItemId kDeadItem{~std::uint32_t{0}};

[[nodiscard]] constexpr ItemId make_item_id(ItemRow row, std::uint8_t generation) {
  return ItemId{(static_cast<std::uint32_t>(generation) << kRowBits) | row};
}
[[nodiscard]] constexpr ItemRow row_of(ItemId id) {
  return static_cast<std::uint32_t>(id) & kMaxItemRows;
}
[[nodiscard]] constexpr std::uint8_t generation_of(ItemId id) {
  return static_cast<std::uint8_t>(static_cast<std::uint32_t>(id) >> kRowBits);
}

// What stands in ItemIndex::lives() for the row of a living item.
[[nodiscard]] constexpr std::uint16_t living_mark(std::uint8_t generation) {
  return static_cast<std::uint16_t>(0x100U | generation);
}

}  // namespace sluice::model

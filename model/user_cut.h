#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "common/pieces.h"
#include "model/item_cut.h"
#include "model/user_table.h"

namespace sluice::model {

// The users of one partition as they stand at a cut, put down in small pieces while they go on changing: who
// is about to change before his turn is put down first. In what order that happens makes no difference to the
// bytes that come out (users_section.h). Used by the shard's thread only, but for take().
class UserCut {
 public:
  // At a boundary; reads no users. `users` outlives the cut's being open, or is given to adopt().
  UserCut(const UserTable& users, std::shared_ptr<const ItemCut> items, std::uint64_t lineage);

  // Before the user in that row changes or goes.
  void before_change(std::uint32_t row) {
    if (concerns(row)) keep(row, false);
  }
  // After a user who is new was given that row.
  void row_taken(std::uint32_t row) {
    if (concerns(row)) keep(row, true);
  }
  // The partition is dropped: the cut goes on with its table.
  void adopt(UserTable&& users);

  // Puts down about so many bytes more.
  void save_some(std::size_t bytes);
  [[nodiscard]] bool whole() const { return whole_; }
  // The section. Once, when whole.
  [[nodiscard]] Pieces take();

 private:
  [[nodiscard]] bool concerns(std::uint32_t row) const { return row >= next_ && row < rows_; }
  void keep(std::uint32_t row, bool was_free);
  void put(std::uint32_t row, bool was_free, ByteWriter& out) const;
  void bury_dead(std::uint64_t sound_at, ByteWriter& out) const;
  [[nodiscard]] std::size_t save_row(std::uint32_t row);
  [[nodiscard]] std::size_t save_name(ItemRow row);

  const UserTable* users_;
  std::optional<UserTable> own_;  // of a dropped partition
  const std::shared_ptr<const ItemCut> items_;
  const std::uint64_t lineage_;
  const std::uint32_t rows_;
  std::uint32_t next_ = 0;
  const std::vector<std::uint32_t> free_;
  absl::flat_hash_map<std::uint32_t, std::span<const std::byte>> kept_;  // by row: put down before its turn
  Pieces early_;                                                         // what they point to
  Pieces records_;
  MappedArray<std::uint32_t> referred_{0};  // by item row: the reference plus one; there while it is needed
  ItemRow next_name_ = 0;
  std::uint64_t names_count_ = 0;
  Pieces names_;
  ByteWriter record_;
  bool whole_ = false;
};

}  // namespace sluice::model

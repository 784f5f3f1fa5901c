#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/types.h"
#include "model/compact_name.h"
#include "model/compact_vector.h"
#include "model/item_id.h"
#include "model/kernels.h"
#include "model/name_map.h"
#include "model/seen_set.h"
#include "model/stable_array.h"

namespace sluice::model {

// One event of a user's past.
struct HistoryEntry {
  ItemId item;
  std::uint32_t seconds;  // event time since the Unix epoch
};

[[nodiscard]] inline std::uint32_t to_seconds(Timestamp t) {
  const std::int64_t seconds = to_unix_ms(t) / 1000;
  return seconds < 0 ? 0U : (seconds > 0xFFFFFFFFLL ? 0xFFFFFFFFU : static_cast<std::uint32_t>(seconds));
}

// Without the name, which UserTable has: three cache lines.
struct alignas(64) User {
  CompactVector<HistoryEntry> history;      // takes, oldest first, bounded
  SeenSet seen;                             // only kept where repeats are excluded
  std::array<float, kFactorDim> factors{};  // p_u
  float factor_squares = 0;
  float taught = 0;  // used of the allowance, as of last_event, see TeachingAllowance
  Timestamp first_event{};
  Timestamp last_event{};  // greatest event time
  Offset offset{};         // of the last applied event
  std::uint64_t events = 0;

  // What it takes beside itself.
  [[nodiscard]] std::uint64_t heap_bytes() const { return history.heap_bytes() + seen.heap_bytes(); }
};

// All users of one partition, by name and by row. Not thread-safe.
class UserTable {
 public:
  static constexpr std::uint32_t kNoUser = NameMap::kNone;

  [[nodiscard]] std::uint32_t find(std::string_view text) const { return find(text, hash_name(text)); }
  [[nodiscard]] std::uint32_t find(std::string_view text, std::uint64_t hash) const {
    return by_name_.find(hash, [&](std::uint32_t row) { return names_[row].is(text); });
  }
  // The same of a name that is not empty, quicker where the guess is right.
  [[nodiscard]] std::uint32_t find_guessed(std::string_view text, std::uint32_t guess) const {
    return guess < rows() && names_[guess].is(text) ? guess : find(text);
  }
  // The row of that user, new if need be.
  [[nodiscard]] std::uint32_t find_or_add(std::string_view name);
  // Of a user who is not there; not empty.
  std::uint32_t add(std::string_view name, std::uint64_t hash);
  void remove(std::uint32_t row);
  [[nodiscard]] User& operator[](std::uint32_t row) { return users_[row]; }
  [[nodiscard]] const User& operator[](std::uint32_t row) const { return users_[row]; }
  [[nodiscard]] bool alive(std::uint32_t row) const { return row < names_.size() && !names_[row].empty(); }
  // Empty if the row is free; until its user goes.
  [[nodiscard]] std::string_view name(std::uint32_t row) const { return names_[row]; }
  // What name and user take beside the row.
  [[nodiscard]] std::uint64_t heap_bytes(std::uint32_t row) const {
    return names_[row].heap_bytes() + users_[row].heap_bytes();
  }
  static constexpr std::size_t kRowBytes = sizeof(User) + sizeof(CompactName);
  // ItemIndex::wraps() when all references of the user in that row were sound.
  [[nodiscard]] std::uint64_t sound_at(std::uint32_t row) const {
    return row < sound_at_.size() ? sound_at_[row] : 0;
  }
  void set_sound(std::uint32_t row, std::uint64_t wraps) {
    if (row >= sound_at_.size()) sound_at_.resize(users_.size());
    sound_at_[row] = wraps;
  }
  // All valid rows are below.
  [[nodiscard]] std::uint32_t rows() const { return static_cast<std::uint32_t>(users_.size()); }
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }
  // Of the table of names, and of what else grows with the rows.
  [[nodiscard]] std::uint64_t table_bytes() const {
    return by_name_.bytes() + sound_at_.capacity() * sizeof(std::uint64_t);
  }

  // Asks for what looking up a user of that hash reads; each step for what the one before brought, so let
  // some other work pass between them.
  void prefetch_place(std::uint64_t hash) const { by_name_.prefetch(hash); }
  // After the first step: the row that find() will most likely name, or kNoUser.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const { return by_name_.guess(hash); }
  void prefetch_name(std::uint32_t row) const {
    if (row < rows()) prefetch_bytes(&names_[row], sizeof(CompactName));
  }
  void prefetch_user(std::uint32_t row) const {
    prefetch_name(row);
    if (row < rows()) prefetch_bytes(&users_[row], sizeof(User));
  }
  void prefetch_history(std::uint32_t row) const;

  // Rows that find_or_add() takes first, the next one last.
  [[nodiscard]] std::span<const std::uint32_t> free_rows() const { return free_; }
  // For restoring: appends a user, who must be unknown, or a free row; at the end the order of the free ones.
  [[nodiscard]] User& append(std::string_view name);
  void append_free_row() {
    names_.emplace_back();
    users_.emplace_back();
  }
  // False: these are not the free rows.
  [[nodiscard]] bool order_free_rows(std::vector<std::uint32_t> free);

 private:
  void put_name(std::uint32_t row, std::string_view name, std::uint64_t hash);

  // Apart and close together: looking a user up reads nothing else of the row.
  StableArray<CompactName> names_;
  StableArray<User> users_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint64_t> sound_at_;  // by row, 0 for those beyond; empty until generations wrap
  NameMap by_name_;
};

}  // namespace sluice::model

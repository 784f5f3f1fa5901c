#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/types.h"
#include "model/item_id.h"
#include "model/kernels.h"
#include "model/name_map.h"
#include "model/seen_set.h"

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

struct User {
  std::string name;                         // empty: the row is free
  std::vector<HistoryEntry> history;        // takes, oldest first, bounded
  SeenSet seen;                             // only kept where repeats are excluded
  std::array<float, kFactorDim> factors{};  // p_u
  float factor_squares = 0;
  Timestamp first_event{};
  Timestamp last_event{};  // greatest event time
  Offset offset{};         // of the last applied event
  std::uint64_t events = 0;
};

// All users of one partition, by name and by row. Not thread-safe.
class UserTable {
 public:
  static constexpr std::uint32_t kNoUser = ~std::uint32_t{0};

  [[nodiscard]] std::uint32_t find(std::string_view name) const;
  // The row of that user, new if need be.
  [[nodiscard]] std::uint32_t find_or_add(std::string_view name);
  void remove(std::uint32_t row);
  [[nodiscard]] User& operator[](std::uint32_t row) { return users_[row]; }
  [[nodiscard]] const User& operator[](std::uint32_t row) const { return users_[row]; }
  [[nodiscard]] bool alive(std::uint32_t row) const {
    return row < users_.size() && !users_[row].name.empty();
  }
  // All valid rows are below.
  [[nodiscard]] std::uint32_t rows() const { return static_cast<std::uint32_t>(users_.size()); }
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

  // Rows that find_or_add() takes first, the next one last.
  [[nodiscard]] std::span<const std::uint32_t> free_rows() const { return free_; }
  // For restoring: appends a user, who must be unknown, or a free row; at the end the order of the free ones.
  [[nodiscard]] User& append(std::string_view name);
  void append_free_row() { users_.emplace_back(); }
  // False: these are not the free rows.
  [[nodiscard]] bool order_free_rows(std::vector<std::uint32_t> free);

 private:
  std::deque<User> users_;  // stable: by_name_ keys point into it
  std::vector<std::uint32_t> free_;
  NameMap by_name_;
};

}  // namespace sluice::model

#include "model/user_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice::model {

std::uint32_t UserTable::find_or_add(std::string_view name) {
  const std::uint64_t hash = hash_name(name);
  const std::uint32_t known = find(name, hash);
  return known != kNoUser ? known : add(name, hash);
}

std::uint32_t UserTable::add(std::string_view name, std::uint64_t hash) {
  assert(!name.empty());
  std::uint32_t row = rows();
  if (free_.empty()) {
    append_free_row();
  } else {
    row = free_.back();
    free_.pop_back();
  }
  put_name(row, name, hash);
  return row;
}

void UserTable::put_name(std::uint32_t row, std::string_view name, std::uint64_t hash) {
  names_[row] = name;
  by_name_.insert(hash, row);
}

void UserTable::remove(std::uint32_t row) {
  assert(alive(row));
  by_name_.erase(hash_name(names_[row]), row);
  names_[row] = CompactName();
  users_[row] = User{};
  free_.push_back(row);
}

User& UserTable::append(std::string_view name) {
  append_free_row();
  put_name(rows() - 1, name, hash_name(name));
  return users_[rows() - 1];
}

bool UserTable::order_free_rows(std::vector<std::uint32_t> free) {
  std::vector<char> met(rows());
  for (const std::uint32_t row : free) {
    if (row >= rows() || alive(row) || std::exchange(met[row], 1) != 0) return false;
  }
  free_ = std::move(free);
  return free_.size() == rows() - size();
}

// What a moment reads of it: the newest entries.
void UserTable::prefetch_history(std::uint32_t row) const {
  constexpr std::size_t kNewest = 40;
  if (row >= rows()) return;
  const auto& history = users_[row].history;
  const std::size_t count = std::min(kNewest, history.size());
  if (count > 0) prefetch_bytes(history.end() - count, count * sizeof(HistoryEntry));
}

}  // namespace sluice::model

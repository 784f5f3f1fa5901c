#include "model/user_table.h"

#include <cassert>
#include <utility>

namespace sluice::model {

std::uint32_t UserTable::find(std::string_view name) const {
  const auto found = by_name_.find(name_key(name));
  return found == by_name_.end() ? kNoUser : found->second;
}

std::uint32_t UserTable::find_or_add(std::string_view name) {
  assert(!name.empty());
  const std::uint32_t known = find(name);
  if (known != kNoUser) return known;
  std::uint32_t row = rows();
  if (free_.empty()) {
    users_.emplace_back();
  } else {
    row = free_.back();
    free_.pop_back();
  }
  User& user = users_[row];
  user.name.assign(name);
  by_name_.emplace(name_key(user.name), row);
  return row;
}

void UserTable::remove(std::uint32_t row) {
  assert(alive(row));
  by_name_.erase(name_key(users_[row].name));
  users_[row] = User{};
  free_.push_back(row);
}

User& UserTable::append(std::string_view name) {
  User& user = users_.emplace_back();
  user.name.assign(name);
  by_name_.emplace(name_key(user.name), rows() - 1);
  return user;
}

bool UserTable::order_free_rows(std::vector<std::uint32_t> free) {
  std::vector<char> met(rows());
  for (const std::uint32_t row : free) {
    if (row >= rows() || alive(row) || std::exchange(met[row], 1) != 0) return false;
  }
  free_ = std::move(free);
  return free_.size() == rows() - size();
}

}  // namespace sluice::model

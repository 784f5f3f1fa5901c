#include "pipeline/erased_users.h"

#include <algorithm>
#include <utility>

namespace sluice::pipeline {

void ErasedUsers::add(std::string_view user, Timestamp now) {
  forget(user);
  const auto [added, is_new] = users_.emplace(next_number_++, User{std::string(user), now});
  by_id_.emplace(added->second.id, added);
  if (users_.size() > kMost) remove(users_.begin());
}

void ErasedUsers::forget(std::string_view user) {
  if (const auto found = by_id_.find(user); found != by_id_.end()) remove(found->second);
}

void ErasedUsers::forget_before(Timestamp time) {
  while (!users_.empty() && users_.begin()->second.erased < time) remove(users_.begin());
}

void ErasedUsers::remove(Users::iterator user) {
  by_id_.erase(user->second.id);
  users_.erase(user);
}

void ErasedUsers::save(ByteWriter& out) const {
  out.put(kVersion);
  out.put(static_cast<std::uint64_t>(users_.size()));
  for (const auto& [number, user] : users_) {
    out.put_string(user.id);
    out.put(to_unix_ms(user.erased));
  }
}

bool ErasedUsers::load(ByteReader& in, Timestamp now) {
  by_id_.clear();
  users_.clear();
  const bool known = in.get<std::uint32_t>() == kVersion;
  const auto count = known ? in.get<std::uint64_t>() : 0;
  for (std::uint64_t k = 0; k < count && in.ok(); ++k) {
    const std::string_view id = in.get_string();
    const Timestamp erased = from_unix_ms(in.get<std::int64_t>());
    if (in.ok()) add(id, std::min(erased, now));
  }
  if (known && in.ok() && in.remaining() == 0) return true;
  by_id_.clear();
  users_.clear();
  return false;
}

}  // namespace sluice::pipeline

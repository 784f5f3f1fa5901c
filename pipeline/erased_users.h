#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/bytes.h"
#include "common/types.h"

namespace sluice::pipeline {

// The users of one partition who were erased and have had no event since. A Redis that was away, or restored
// from an older file, may still have their lists, so their erasures are sent again until such a list would
// have expired. It is part of a snapshot, as section "erased/<partition>":
//
//   u32  version, 1
//   u64  number of users, then for each, the one who was erased first first
//     string  id
//     i64     wall clock of the erasure, ms
//
// Not thread-safe.
class ErasedUsers {
 public:
  // Beyond so many the one who was erased first is forgotten, so that memory is bounded.
  static constexpr std::size_t kMost = 65'536;

  // Times are of the wall clock.
  void add(std::string_view user, Timestamp now);
  // The user has an event again, so there may be a list.
  void forget(std::string_view user);
  // Forgets who was erased before.
  void forget_before(Timestamp time);

  [[nodiscard]] bool empty() const { return users_.empty(); }
  [[nodiscard]] std::size_t size() const { return users_.size(); }
  template <typename Visit>  // void(std::string_view user)
  void visit(Visit visit) const {
    for (const auto& [number, user] : users_) visit(std::string_view(user.id));
  }

  void save(ByteWriter& out) const;
  // In place of what is there. Nobody was erased later than now: a clock that was ahead would keep them, and
  // all behind them, too long. False: damaged, and then it is empty.
  [[nodiscard]] bool load(ByteReader& in, Timestamp now);

 private:
  static constexpr std::uint32_t kVersion = 1;

  struct User {
    std::string id;
    Timestamp erased{};
  };
  using Users = std::map<std::uint64_t, User>;
  void remove(Users::iterator user);

  Users users_;  // by number, in the order of their erasures
  std::uint64_t next_number_ = 0;
  std::unordered_map<std::string_view, Users::iterator> by_id_;  // the keys look into users_
};

}  // namespace sluice::pipeline

#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sink/leave_out.h"
#include "sink/list.h"

namespace sluice::sink {

// What waits to be written to Redis: at most one write for each user waits (a newer one replaces it) and at
// most one is under way, so that an older list never lands on a newer one. Producers and one consumer, all
// thread-safe; oldest user first.
class PendingLists {
 public:
  struct Erasure {
    std::string user;
  };
  // One user's write, from take() to done() or give_back(). Read-only for the consumer; stable in memory.
  using Write = std::variant<std::monostate, List, Erasure, LeaveOut>;
  struct Slot {
    Write writing;  // the consumer's alone between take() and done() or give_back()

   private:
    friend class PendingLists;
    std::string user;  // the key of the map looks into this
    Write waiting;
    bool has_waiting = false;
    bool is_writing = false;
  };

  explicit PendingLists(std::size_t most_users) : most_users_(most_users) {}

  // False: full, or closed. A user who already waits is always taken.
  [[nodiscard]] bool submit(List&& list);
  // Never refused: erasing must not be lost. Nothing after close().
  void erase(std::string_view user);
  enum class Answer : std::uint8_t {
    taken,
    full,  // or closed
    rank   // a list of the user waits, made before the items were hidden: one made anew is to replace it
  };
  // So few of them wait at a time that lists do not wait long behind them.
  [[nodiscard]] Answer leave_out(LeaveOut&& leave_out);
  // From here on nothing is accepted.
  void close();

  // The oldest writes, at most `most`, appended to `out`.
  void take(std::size_t most, std::vector<Slot*>& out);
  // Written, or given up: the slots are gone.
  void done(std::span<Slot* const> slots);
  // To be tried again before everything else, unless something newer of the user waits. In the order of
  // take(). What could not be kept in order: the lists of these are to be ranked anew.
  [[nodiscard]] std::vector<LeaveOut> give_back(std::span<Slot* const> slots);

  // Lists out of which items are still to be taken; those given back aside, the answers were handled.
  [[nodiscard]] std::size_t leaving_out() const;
  [[nodiscard]] std::size_t users() const;  // with something waiting or under way
  [[nodiscard]] std::uint64_t replaced() const;

 private:
  static constexpr std::size_t kMostLeaveOuts = 1024;

  struct Hash {
    std::size_t operator()(std::string_view text) const;
  };

  Slot& slot_of(std::string_view user);
  void put(Slot& slot, Write&& write);
  void give_back(Slot& slot, std::vector<LeaveOut>& displaced);
  void release(Slot& slot);

  const std::size_t most_users_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string_view, Slot*, Hash> by_user_;
  std::deque<Slot*> queue_;  // slots with something waiting and nothing under way
  std::deque<Slot> slots_;   // all ever made; at most the users there were at once
  std::vector<Slot*> free_;
  std::size_t leave_outs_ = 0;  // that wait
  std::size_t leave_outs_under_way_ = 0;
  std::uint64_t replaced_ = 0;
  bool closed_ = false;
};

}  // namespace sluice::sink

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/leave_out.h"
#include "sink/list.h"
#include "sink/list_looks.h"
#include "sink/live_list.h"
#include "sink/pending_lists.h"
#include "sink/redis_link.h"
#include "sink/shown_positions.h"

namespace sluice::sink {

struct PublishCounters {
  std::uint64_t lists_written = 0;    // acknowledged by Redis, or changed there
  std::uint64_t lists_changed = 0;    // of these, where hidden items were taken out of a list as it lay there
  std::uint64_t lists_kept = 0;       // lists without entries that were not written, as a list lay there
  std::uint64_t lists_replaced = 0;   // never written, because a newer one of the same user came
  std::uint64_t users_erased = 0;     // DELs acknowledged
  std::uint64_t popular_written = 0;  // acknowledged
  std::uint64_t live_written = 0;     // live lists acknowledged
  std::uint64_t reconnects = 0;
  std::uint64_t errors_retry = 0;  // LOADING, BUSY, OOM, READONLY, MASTERDOWN, cut connections: tried again
  std::uint64_t errors_operator = 0;  // NOAUTH, NOPERM, WRONGPASS: tried again slowly, an operator must act
  std::uint64_t errors_ours = 0;      // anything else: a bug of ours; the list is dropped
  std::uint64_t data_losses = 0;      // Redis came back empty (run id or canary key)
  std::uint64_t pending = 0;          // users with a list accepted and not acknowledged
  bool connected = false;
  bool function_loaded = false;  // the server took the library of redis_functions.h
  std::string function_refusal;  // else why not, in Redis's words
  RedisLink::Now link;           // how Redis takes what is written
  std::string last_error;        // one line without secrets, empty if there was none
};

// Writes lists to Redis from a thread of its own: pipelined, every reply matched to its list, reconnecting
// with capped backoff and jitter. A newer list of a user replaces an older one that still waits, and never
// overtakes one that is under way. A list without entries never replaces one that lies in Redis. On each
// connection nothing is written before it is known what readers are shown (ShownPositions), and each list
// goes behind the positions that were claimed for it.
class ListPublisher {
 public:
  // Called on the publisher's thread; must not throw.
  struct Callbacks {
    std::function<void(const List&, std::chrono::system_clock::time_point replied)> on_written;
    // Redis lost its data: republish everybody, most active first. Also, without counting as a loss, when the
    // first connection finds a Redis in which nobody has written lists under this prefix: after a crash of
    // both the lists are missing just the same.
    std::function<void()> on_data_loss;
    // Too few entries are left, or it cannot be done in Redis: the user's list is to be ranked anew.
    std::function<void(const LeaveOut&)> on_short;
    // None of these users has a list in Redis, or it cannot be told: their lists are to be ranked and
    // written.
    std::function<void(const ListLook&)> on_missing;
  };
  ListPublisher(const config::RedisOptions&, const config::PublishOptions&, Callbacks);
  ~ListPublisher();  // stop(0ms)

  // False: publish.max_pending_lists are waiting, or stop() was called; keep the user dirty and try later.
  // Thread-safe, never blocks on Redis.
  [[nodiscard]] bool submit(List&&);
  // What readers are shown: to be asked before a list is made for submit(), set_popular() or set_live().
  [[nodiscard]] ShownPositions& shown();
  // ShownPositions::assigned(), and it is looked at once. Thread-safe.
  void assigned(const TopicPartition& partition, Offset log_end);
  // The list for users without one of their own: kept, and rewritten well within publish.popular_ttl and
  // whenever it changed.
  void set_popular(List&&);
  // The live list of its context: kept, and rewritten well within publish.live_ttl and whenever it changed.
  void set_live(LiveList&&);
  // Neither popular nor live lists are written any more, until they are set again.
  void withdraw_common();
  // DEL of a user's list, ordered after everything submitted before. Thread-safe.
  void erase_user(std::string_view user);
  // Takes items out of a user's list as it lies in Redis: the best of the entries kept behind it move up, its
  // version and its TTL stay. Ordered like a list; none that was submitted later is changed. Where a list of
  // the user waits, or Redis cannot do it, the answer or on_short asks for one made anew. Thread-safe.
  using Answer = PendingLists::Answer;
  [[nodiscard]] Answer leave_out(LeaveOut&& leave_out);
  // How many of these were not answered yet; on_short was called for those that were.
  [[nodiscard]] std::size_t leaving_out() const;
  // Looks whether these users, ListLook::kMostUsers at most, have lists in Redis; on_missing tells who has
  // none. False: so many looks wait that this one should come later; after stop() none is answered.
  // Thread-safe.
  [[nodiscard]] bool look_for(ListLook&& look);
  // <prefix>:hidden, a set. Thread-safe.
  void set_hidden(std::string item, bool hidden);

  [[nodiscard]] PublishCounters counters() const;
  // Writes what is pending, at most until the deadline, then closes. True if all was acknowledged. Later
  // calls only repeat the answer.
  bool stop(std::chrono::milliseconds at_most);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::sink

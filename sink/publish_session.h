#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sink/list_writer.h"
#include "sink/publish_state.h"
#include "sink/redis_connection.h"

namespace sluice::sink {

// The publisher's work on one connection: keeps up to redis.pipeline_depth commands in flight and matches
// each reply, in order, to what it answers. When the session ends, everything unanswered goes back to where
// it waited. One thread.
class PublishSession {
 public:
  PublishSession(PublishState& state, std::unique_ptr<RedisConnection> connection);
  ~PublishSession();
  PublishSession(const PublishSession&) = delete;
  PublishSession& operator=(const PublishSession&) = delete;

  // Sends what is due, waits for something to happen, handles the replies. A failure ends the session; it is
  // already counted.
  [[nodiscard]] std::optional<RedisFailure> turn();

 private:
  enum class Kind : std::uint8_t {
    list,
    list_look,
    popular,
    live,
    function,
    function_look,
    hidden,
    run_id,
    canary_offer,
    canary_look,
    popular_look,
    live_look,
    hidden_look,
    shown_read,
    shown_write,
    expiry
  };
  struct Command {
    Kind kind;
    PendingLists::Slot* slot;  // list only
    SteadyTime sent;
    std::uint32_t context = 0;  // live_look only
  };

  void send_upkeep(SteadyTime now);
  void send_common_lists(SteadyTime now);
  // Reads what readers are shown, where that is due.
  void send_question(SteadyTime now);
  // Claims that Redis does not hold yet; before every list.
  void send_claims(SteadyTime now);
  void send_canary(SteadyTime now);
  void send_looks(SteadyTime now);
  void send_function(SteadyTime now);
  void send_function_look(SteadyTime now);
  void send_hidden(SteadyTime now);
  std::size_t send_lists(SteadyTime now);  // how many commands
  void send_list_looks(SteadyTime now);
  [[nodiscard]] bool take_lists();
  void send_taken(SteadyTime now);
  void send(Kind kind, SteadyTime now, PendingLists::Slot* slot = nullptr);
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::chrono::milliseconds longest_wait(SteadyTime now) const;

  [[nodiscard]] static unsigned link_kind(Kind kind);  // for RedisLink
  void handle_replies();
  void handle(const Command& command, RedisReplyView reply, std::chrono::system_clock::time_point replied);
  void handle_error(const Command& command, std::string_view text);
  void handle_written(PendingLists::Slot& slot, RedisReplyView reply,
                      std::chrono::system_clock::time_point replied);
  void handle_left_out(const LeaveOut& leave_out, std::int64_t reply);
  // False: nothing was sent, as the server has no such function.
  [[nodiscard]] bool send_leave_out(const LeaveOut& leave_out);
  void tell_short(const LeaveOut& leave_out) const;
  void handle_canary(std::string_view value);
  void handle_missing(const Command& look);
  void handle_list_look(std::int64_t found);
  [[nodiscard]] ListLook take_looked();
  void tell_missing(const ListLook& look) const;
  void handle_shown(RedisReplyView reply);
  void give_back(const Command& command);
  void give_back_failed();
  void function_is_gone();
  void end(RedisFailure failure);  // counts it

  PublishState& state_;
  std::unique_ptr<RedisConnection> connection_;
  ListWriter writer_;
  const std::size_t depth_;
  std::deque<Command> in_flight_;
  std::deque<ListLook> looks_in_flight_;  // of these, in their order
  std::optional<RedisFailure> ended_;
  SteadyTime paused_until_{};  // after error replies of kind retry
  SteadyTime canary_due_{};
  SteadyTime shown_renewal_due_{};  // zero: what is shown was not read yet
  bool knows_shown_ = false;        // nothing of lists is written before
  SteadyTime info_due_{};           // the run id is asked for once in a connection
  SteadyTime function_due_{};  // the library of redis_functions.h is loaded once, and whenever it is gone
  bool hidden_has_wrong_type_ = false;
  bool has_functions_ = true;  // until the server refused them
  bool looks_for_function_ = true;
  const SteadyTime begun_;
  // Reused between turns.
  std::vector<PendingLists::Slot*> taken_;
  std::vector<PendingLists::Slot*> written_;
  std::vector<PendingLists::Slot*> failed_;
};

}  // namespace sluice::sink

#include "sink/publish_session.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "sink/redis_command.h"
#include "sink/redis_functions.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds kCanaryInterval = 1s;    // also of the looks at what must always be there
constexpr milliseconds kRenewalInterval = 60s;  // of the positions of what is shown
constexpr std::size_t kHiddenItemsAtOnce = 500;
// Looks for lists that are sent before each batch of lists, so that neither keeps the other waiting.
constexpr int kListLooksAtOnce = 8;
// While less than half a pipeline waits or is under way, lists gather so long before they are sent: else each
// would wake this thread, Redis and this thread again, which costs more than to write it.
constexpr milliseconds kGathering{2};

// A key is written again after this part of its life.
milliseconds renewal_of(milliseconds ttl) {
  return ttl / 3;
}

// What nothing but the looks renews must not expire between two of them.
milliseconds outliving_looks(milliseconds ttl) {
  return std::max(ttl, 2 * kCanaryInterval);
}

// Longer than any list that was written behind them.
milliseconds shown_ttl(const config::PublishOptions& publish) {
  return std::max({publish.ttl, publish.popular_ttl, publish.live_ttl}) + 2 * kRenewalInterval;
}

std::string in_ms(milliseconds time) {
  return std::to_string(time.count());
}

// A connection that has lived so long is a good one, and the next one is tried for at once.
constexpr milliseconds kLasting = 1s;

// The server has changed its role: the address may lead to the new primary now.
bool asks_for_another_server(std::string_view error) {
  return error.starts_with("READONLY") || error.starts_with("MASTERDOWN");
}

constexpr std::string_view kNotLoaded = "Function not found";

// A server before version 7, a user who may not call functions, or a library that is not there.
bool lacks_function(std::string_view error) {
  return error.starts_with("NOPERM") || error.find("unknown command") != error.npos ||
         error.find(kNotLoaded) != error.npos;
}

}  // namespace

PublishSession::PublishSession(PublishState& state, std::unique_ptr<RedisConnection> connection)
    : state_(state),
      connection_(std::move(connection)),
      writer_(state.redis, state.publish),
      depth_(state.redis.pipeline_depth),
      info_due_(state.info.not_before()),
      function_due_(state.functions.not_before()),
      has_functions_(steady_clock::now() >= function_due_),
      begun_(steady_clock::now()) {
  state_.shown.ask();
}

PublishSession::~PublishSession() {
  for (const Command& command : in_flight_) give_back(command);
  give_back_failed();
}

std::optional<RedisFailure> PublishSession::turn() {
  const SteadyTime now = steady_clock::now();
  const bool may_send = now >= paused_until_;
  if (may_send) send_upkeep(now);
  if (may_send && has_room() && send_lists(now) == 0) {
    state_.wake.arm();  // from here on producers wake us; what came before is looked for once more
    send_upkeep(now);
    send_lists(now);
  }
  const auto failure = connection_->pump(longest_wait(now), state_.wake.fd());
  state_.wake.clear();
  if (failure) {
    end(*failure);
    return ended_;
  }
  handle_replies();
  const bool is_late =
      !in_flight_.empty() && steady_clock::now() - in_flight_.front().sent >= state_.redis.command_timeout;
  if (is_late && !ended_) end({RedisErrorKind::connection, "Redis did not reply in time"});
  if (!ended_ && state_.pending.users() < depth_ / 2) std::this_thread::sleep_for(kGathering);
  return ended_;
}

bool PublishSession::has_room() const {
  return in_flight_.size() <= depth_ / 2;
}

milliseconds PublishSession::longest_wait(SteadyTime now) const {
  SteadyTime until = canary_due_;
  if (knows_shown_) until = std::min({until, state_.popular.due(), state_.live.due()});
  until = std::max(until, paused_until_);
  if (!in_flight_.empty()) until = std::min(until, in_flight_.front().sent + state_.redis.command_timeout);
  return std::clamp(std::chrono::ceil<milliseconds>(until - now), milliseconds{0}, kCanaryInterval);
}

void PublishSession::send(Kind kind, SteadyTime now, PendingLists::Slot* slot) {
  in_flight_.push_back({kind, slot, now});
}

void PublishSession::send_upkeep(SteadyTime now) {
  if (now >= info_due_) {  // first of all, where it may be: the canary then tells what another run id means
    append_command(connection_->output(), {"INFO", "server"});
    send(Kind::run_id, now);
    info_due_ = SteadyTime::max();
  }
  const bool looks = now >= canary_due_;
  if (looks) {
    send_canary(now);
    send_looks(now);
    canary_due_ = now + kCanaryInterval;
  }
  if (now >= function_due_) {
    send_function(now);
  } else if (looks) {
    send_function_look(now);
  }
  send_question(now);
  if (!knows_shown_) return;
  send_hidden(now);
  send_common_lists(now);
}

void PublishSession::send_common_lists(SteadyTime now) {
  const auto popular = state_.popular.take_if_due(now, now + renewal_of(state_.publish.popular_ttl));
  const auto live = state_.live.take_due(now, now + renewal_of(state_.publish.live_ttl));
  const auto is_due = [](const auto& list) { return list != nullptr; };
  if (is_due(popular) || std::ranges::any_of(live, is_due)) send_claims(now);
  if (popular != nullptr) {
    writer_.append_set_popular(connection_->output(), *popular);
    send(Kind::popular, now);
  }
  for (const auto& list : live) {
    if (list == nullptr) continue;
    writer_.append_set_live(connection_->output(), *list);
    send(Kind::live, now);
  }
}

void PublishSession::send_question(SteadyTime now) {
  const std::string key = state_.keys.shown();
  if (shown_renewal_due_ != SteadyTime{} && now >= shown_renewal_due_) {
    shown_renewal_due_ = now + kRenewalInterval;
    append_command(connection_->output(), {"PEXPIRE", key, in_ms(shown_ttl(state_.publish))});
    send(Kind::expiry, now);
    state_.shown.ask();  // so that claims that somebody deleted are written again
  }
  if (!state_.shown.take_question()) return;
  append_command(connection_->output(), {"HGETALL", key});
  send(Kind::shown_read, now);
}

void PublishSession::send_claims(SteadyTime now) {
  const ShownPositions::Fields claims = state_.shown.take_unwritten();
  if (claims.empty()) return;
  std::string& out = connection_->output();
  const std::string key = state_.keys.shown();
  append_command_head(out, 2 + 2 * claims.size());
  append_argument(out, "HSET");
  append_argument(out, key);
  for (const auto& [field, position] : claims) {
    append_argument(out, field);
    append_argument(out, position);
  }
  send(Kind::shown_write, now);
  append_command(out, {"PEXPIRE", key, in_ms(shown_ttl(state_.publish))});
  send(Kind::expiry, now);
  shown_renewal_due_ = now + kRenewalInterval;
}

void PublishSession::send_canary(SteadyTime now) {
  const std::string key = state_.keys.canary();
  const std::string ttl = in_ms(outliving_looks(state_.publish.ttl));
  std::string& out = connection_->output();
  append_command(out, {"SET", key, state_.losses.fresh_canary(), "PX", ttl, "NX"});
  send(Kind::canary_offer, now);
  append_command(out, {"GET", key});
  send(Kind::canary_look, now);
  append_command(out, {"PEXPIRE", key, ttl});
  send(Kind::expiry, now);
}

// Whether what must always be there still is. Renewing a key's life tells, and needs no right that writing
// it does not need.
void PublishSession::send_looks(SteadyTime now) {
  std::string& out = connection_->output();
  if (state_.popular.is_out(now)) {
    append_command(out, {"PEXPIRE", state_.keys.popular(), in_ms(state_.publish.popular_ttl)});
    send(Kind::popular_look, now);
  }
  for (std::uint32_t context = 0; context < kLiveContexts; ++context) {
    if (!state_.live.is_out(context, now)) continue;
    append_command(out, {"PEXPIRE", state_.keys.live(context), in_ms(state_.publish.live_ttl)});
    in_flight_.push_back({Kind::live_look, nullptr, now, context});
  }
  if (state_.hidden.any()) {
    append_command(out, {"PEXPIRE", state_.keys.hidden(), in_ms(outliving_looks(state_.publish.ttl))});
    send(Kind::hidden_look, now);
  }
}

void PublishSession::send_function(SteadyTime now) {
  const std::string library = function_library(state_.redis.prefix);
  append_command(connection_->output(), {"FUNCTION", "LOAD", "REPLACE", library});
  send(Kind::function, now);
  function_due_ = SteadyTime::max();
}

// Asks for the list of a user without a name, whom there is not: a call that finds nothing to do, with the
// rights that are needed anyway.
void PublishSession::send_function_look(SteadyTime now) {
  if (!state_.counts.function_loaded || !has_functions_ || !looks_for_function_) return;
  append_command(connection_->output(),
                 {"FCALL", leave_out_function_name(state_.redis.prefix), "1", state_.keys.user(""), "1"});
  send(Kind::function_look, now);
}

// FUNCTION FLUSH or DELETE.
void PublishSession::function_is_gone() {
  if (!state_.counts.function_loaded.exchange(false)) return;  // it is being loaded
  function_due_ = {};
}

void PublishSession::send_hidden(SteadyTime now) {
  std::string& out = connection_->output();
  const std::string key = state_.keys.hidden();
  const auto change = state_.hidden.take(kHiddenItemsAtOnce);
  if (change) {
    if (hidden_has_wrong_type_) {
      append_command(out, {"DEL", key});
      send(Kind::expiry, now);
      hidden_has_wrong_type_ = false;
    }
    append_command_head(out, 2 + change->items.size());
    append_argument(out, change->hide ? "SADD" : "SREM");
    append_argument(out, key);
    for (const std::string& item : change->items) append_argument(out, item);
    send(Kind::hidden, now);
    append_command(out, {"PEXPIRE", key, in_ms(outliving_looks(state_.publish.ttl))});
    send(Kind::expiry, now);
  }
}

std::size_t PublishSession::send_lists(SteadyTime now) {
  const std::size_t in_flight = in_flight_.size();
  send_list_looks(now);
  while (in_flight_.size() == in_flight && take_lists()) send_taken(now);
  return in_flight_.size() - in_flight;
}

void PublishSession::send_list_looks(SteadyTime now) {
  std::string& out = connection_->output();
  const std::string users = state_.keys.users();
  for (int k = 0; k < kListLooksAtOnce && in_flight_.size() < depth_; ++k) {
    auto look = state_.looks.take();
    if (!look) return;
    append_command_head(out, 1 + look->users.size());
    append_argument(out, "EXISTS");
    for (const ListLook::User& user : look->users) append_argument(out, users, user.id);
    looks_in_flight_.push_back(std::move(*look));
    send(Kind::list_look, now);
  }
}

bool PublishSession::take_lists() {
  taken_.clear();
  if (!knows_shown_) return false;
  if (in_flight_.size() < depth_) state_.pending.take(depth_ - in_flight_.size(), taken_);
  return !taken_.empty();
}

void PublishSession::send_taken(SteadyTime now) {
  send_claims(now);
  std::string& out = connection_->output();
  for (PendingLists::Slot* slot : taken_) {
    if (const auto* const list = std::get_if<List>(&slot->writing)) {
      writer_.append_set(out, *list);
    } else if (const auto* const leave_out = std::get_if<LeaveOut>(&slot->writing)) {
      if (!send_leave_out(*leave_out)) {
        written_.push_back(slot);
        continue;
      }
    } else {
      writer_.append_erase(out, std::get<PendingLists::Erasure>(slot->writing).user);
    }
    send(Kind::list, now, slot);
  }
  state_.pending.done(written_);
  written_.clear();
}

bool PublishSession::send_leave_out(const LeaveOut& leave_out) {
  if (!has_functions_) {
    tell_short(leave_out);
    return false;
  }
  writer_.append_leave_out(connection_->output(), leave_out);
  return true;
}

// Commands that may never be sent again count as of a kind that the canary has sent every second: the run id
// is asked for once in a connection, and looks end with what they look at.
unsigned PublishSession::link_kind(Kind kind) {
  switch (kind) {
    case Kind::run_id:
      return static_cast<unsigned>(Kind::canary_look);
    case Kind::popular_look:
    case Kind::live_look:
    case Kind::hidden_look:
      return static_cast<unsigned>(Kind::expiry);
    default:
      return static_cast<unsigned>(kind);
  }
}

void PublishSession::handle_replies() {
  const auto replied = system_clock::now();
  if (steady_clock::now() - begun_ >= kLasting) state_.connect_backoff.reset();
  while (!ended_) {
    const auto reply = connection_->next_reply();
    if (!reply) break;
    if (in_flight_.empty()) {
      end({RedisErrorKind::connection, "Redis sent a reply to no command"});
      break;
    }
    const Command command = in_flight_.front();
    in_flight_.pop_front();
    handle(command, reply->view(), replied);
  }
  state_.pending.done(written_);
  written_.clear();
  give_back_failed();
}

void PublishSession::give_back_failed() {
  for (const LeaveOut& leave_out : state_.pending.give_back(failed_)) tell_short(leave_out);
  failed_.clear();
}

void PublishSession::handle(const Command& command, RedisReplyView reply, system_clock::time_point replied) {
  if (command.kind == Kind::run_id) state_.info.answered();
  if (command.kind == Kind::function) state_.functions.answered();
  if (reply.is_error()) return handle_error(command, reply.text());
  state_.counts.link.accepted(link_kind(command.kind));
  switch (command.kind) {
    case Kind::list:
      return handle_written(*command.slot, reply, replied);
    case Kind::list_look:
      return handle_list_look(reply.integer());
    case Kind::popular:
      state_.connect_backoff.reset();
      ++(reply.is_nil() ? state_.counts.lists_kept : state_.counts.popular_written);
      return;
    case Kind::live:
      state_.connect_backoff.reset();
      ++(reply.is_nil() ? state_.counts.lists_kept : state_.counts.live_written);
      return;
    case Kind::function:
      state_.counts.function_loaded = true;
      has_functions_ = true;
      return;
    case Kind::hidden:
      return state_.hidden.written();
    case Kind::run_id:
      return state_.losses.saw_run_id(run_id_of(reply.text()));
    case Kind::canary_look:
      return handle_canary(reply.text());
    case Kind::popular_look:
    case Kind::live_look:
    case Kind::hidden_look:
      if (reply.integer() == 0) handle_missing(command);
      return;
    case Kind::shown_read:
      return handle_shown(reply);
    case Kind::shown_write:
    case Kind::function_look:
    case Kind::canary_offer:
    case Kind::expiry:
      return;
  }
}

void PublishSession::handle_written(PendingLists::Slot& slot, RedisReplyView reply,
                                    system_clock::time_point replied) {
  state_.connect_backoff.reset();
  state_.retry_backoff.reset();
  state_.operator_backoff.reset();
  if (const auto* const list = std::get_if<List>(&slot.writing); list != nullptr && reply.is_nil()) {
    ++state_.counts.lists_kept;
  } else if (list != nullptr) {
    ++state_.counts.lists_written;
    if (state_.callbacks.on_written) state_.callbacks.on_written(*list, replied);
  } else if (const auto* const leave_out = std::get_if<LeaveOut>(&slot.writing)) {
    handle_left_out(*leave_out, reply.integer());
  } else {
    ++state_.counts.users_erased;
  }
  written_.push_back(&slot);
}

// The function's replies, see leave_out_function.lua.
void PublishSession::handle_left_out(const LeaveOut& leave_out, std::int64_t reply) {
  constexpr std::int64_t kDone = 1;
  constexpr std::int64_t kShort = 2;
  constexpr std::int64_t kNoList = 3;
  if (reply == kDone || reply == kShort) {
    ++state_.counts.lists_written;
    ++state_.counts.lists_changed;
  }
  if (reply == kShort || reply == kNoList) tell_short(leave_out);
}

void PublishSession::tell_short(const LeaveOut& leave_out) const {
  if (state_.callbacks.on_short) state_.callbacks.on_short(leave_out);
}

void PublishSession::handle_canary(std::string_view value) {
  if (value.empty()) return;  // it could not be written: says nothing
  const auto verdict = state_.losses.saw_canary(value);
  if (verdict == LossDetector::Verdict::intact) return;
  if (verdict == LossDetector::Verdict::lost) ++state_.counts.data_losses;
  state_.popular.hurry();
  state_.live.hurry();
  state_.hidden.forget_written();
  state_.shown.ask();
  if (state_.callbacks.on_data_loss) state_.callbacks.on_data_loss();
}

// Somebody deleted that one key, or Redis evicted it.
void PublishSession::handle_missing(const Command& look) {
  if (look.kind == Kind::popular_look) state_.popular.hurry();
  if (look.kind == Kind::live_look) state_.live.hurry(look.context);
  if (look.kind == Kind::hidden_look) state_.hidden.forget_written();
}

ListLook PublishSession::take_looked() {
  ListLook look = std::move(looks_in_flight_.front());
  looks_in_flight_.pop_front();
  return look;
}

// Of these users so many have a list. Where that is some, each half is looked for again.
void PublishSession::handle_list_look(std::int64_t found) {
  ListLook look = take_looked();
  if (found == static_cast<std::int64_t>(look.users.size())) return;
  if (found == 0) return tell_missing(look);
  const auto middle = look.users.begin() + static_cast<std::ptrdiff_t>(look.users.size() / 2);
  state_.looks.give_back({look.partition, {middle, look.users.end()}});
  look.users.erase(middle, look.users.end());
  state_.looks.give_back(std::move(look));
}

void PublishSession::tell_missing(const ListLook& look) const {
  if (state_.callbacks.on_missing) state_.callbacks.on_missing(look);
}

void PublishSession::handle_shown(RedisReplyView reply) {
  ShownPositions::Fields fields;
  for (std::size_t i = 0; i + 1 < reply.size(); i += 2) {
    fields.emplace_back(reply.at(i).text(), reply.at(i + 1).text());
  }
  knows_shown_ = state_.shown.answer(fields) || knows_shown_;
  if (shown_renewal_due_ == SteadyTime{}) shown_renewal_due_ = steady_clock::now() + kRenewalInterval;
}

void PublishSession::handle_error(const Command& command, std::string_view text) {
  const RedisFailure failure{classify_error_reply(text), describe_error_reply(text)};
  // A server before version 7, or a user who may not load it: readers then merge themselves.
  if (command.kind == Kind::function && failure.kind != RedisErrorKind::retry) {
    state_.counts.refuse_function(failure.text);
    has_functions_ = false;
    return;
  }
  if (command.kind == Kind::function_look) {
    if (text.find(kNotLoaded) != text.npos) return function_is_gone();
    looks_for_function_ = !lacks_function(text);
    return;
  }
  // A user without the right to INFO still has the canary.
  if (command.kind == Kind::run_id && text.starts_with("NOPERM")) return;
  // A user who may not look: what cannot be told is written.
  if (command.kind == Kind::list_look &&
      (failure.kind == RedisErrorKind::ours || text.starts_with("NOPERM"))) {
    return tell_missing(take_looked());
  }
  const auto* const leave_out =
      command.kind == Kind::list ? std::get_if<LeaveOut>(&command.slot->writing) : nullptr;
  if (leave_out != nullptr && lacks_function(text)) {
    const bool gone = text.find(kNotLoaded) != text.npos;
    has_functions_ = has_functions_ && gone;  // it may be loaded yet
    if (gone) function_is_gone();
    tell_short(*leave_out);
    written_.push_back(command.slot);
    return;
  }
  state_.counts.link.refused(link_kind(command.kind), failure);
  if (leave_out != nullptr && failure.kind == RedisErrorKind::ours) tell_short(*leave_out);
  if (failure.kind == RedisErrorKind::ours && command.kind == Kind::list) {
    written_.push_back(command.slot);  // dropped: again would fail again
    return state_.counts.count(failure);
  }
  const bool is_of_shown = command.kind == Kind::shown_read || command.kind == Kind::shown_write;
  if (is_of_shown && text.starts_with("WRONGTYPE")) {
    append_command(connection_->output(), {"DEL", state_.keys.shown()});
    send(Kind::expiry, steady_clock::now());
  }
  if (command.kind == Kind::hidden) hidden_has_wrong_type_ = text.starts_with("WRONGTYPE");
  give_back(command);
  if (failure.kind == RedisErrorKind::needs_help || asks_for_another_server(text)) return end(failure);
  state_.counts.count(failure);
  const SteadyTime now = steady_clock::now();
  if (now >= paused_until_) paused_until_ = now + state_.retry_backoff.next();
}

void PublishSession::give_back(const Command& command) {
  switch (command.kind) {
    case Kind::list:
      failed_.push_back(command.slot);
      return;
    case Kind::list_look:
      state_.looks.give_back(take_looked());
      return;
    case Kind::popular:
      state_.popular.hurry();
      return;
    case Kind::live:
      state_.live.hurry();
      return;
    case Kind::hidden:
      state_.hidden.failed();
      return;
    case Kind::function:
      function_due_ = {};
      return;
    case Kind::shown_read:
    case Kind::shown_write:
      knows_shown_ = false;  // what the hash holds is not known any more
      state_.shown.ask();
      return;
    case Kind::run_id:
    case Kind::function_look:
    case Kind::canary_offer:
    case Kind::canary_look:
    case Kind::popular_look:
    case Kind::live_look:
    case Kind::hidden_look:
    case Kind::expiry:
      return;
  }
}

void PublishSession::end(RedisFailure failure) {
  const auto awaits = [&](Kind kind) { return std::ranges::count(in_flight_, kind, &Command::kind) > 0; };
  if (!ended_ && failure.kind == RedisErrorKind::connection) {
    const SteadyTime now = steady_clock::now();
    if (awaits(Kind::run_id)) state_.info.unanswered(now);
    if (awaits(Kind::function)) state_.functions.unanswered(now);
  }
  state_.counts.count(failure);
  if (!ended_) ended_ = std::move(failure);
}

}  // namespace sluice::sink

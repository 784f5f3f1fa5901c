#include "sink/redis_error.h"

#include <algorithm>
#include <array>

namespace sluice::sink {
namespace {

constexpr std::array<std::string_view, 9> kRetry = {
    "LOADING", "BUSY", "OOM", "READONLY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "NOREPLICAS", "UNBLOCKED"};
// MOVED and ASK come from a Redis Cluster, which is no plain server.
constexpr std::array<std::string_view, 7> kNeedsHelp = {"NOAUTH",  "NOPERM", "WRONGPASS", "DENIED",
                                                        "MISCONF", "MOVED",  "ASK"};

// Errors with the word ERR only.
constexpr std::array<std::string_view, 1> kRetryTexts = {"max number of clients"};
constexpr std::array<std::string_view, 5> kNeedsHelpTexts = {
    "invalid password", "without any password configured", "no password is set", "DB index",
    "operation not permitted"};

struct Advice {
  std::string_view part;  // of the failure's text
  std::string_view advice;
};
constexpr auto kAdvice = std::to_array<Advice>({
    {"NOAUTH", "Give the password by SLUICE_REDIS_PASSWORD, redis.password_file or redis.password"},
    {"WRONGPASS", "Check redis.username and the password"},
    {"has no password", "Leave the password away, or set one in Redis"},
    {"refuses the user or password", "Check redis.username and the password"},
    {"no password is given",
     "Give the password by SLUICE_REDIS_PASSWORD, redis.password_file or redis.password"},
    {"password_file", "Check redis.password_file"},
    {"NOPERM", "Give the user the rights that docs/redis.md lists"},
    {"OOM", "Raise Redis's maxmemory or let it evict (maxmemory-policy volatile-ttl)"},
    {"MISCONF", "Redis cannot save to its disk: see its log"},
    {"READONLY", "redis.url leads to a replica: let it lead to the primary"},
    {"MASTERDOWN", "redis.url leads to a replica: let it lead to the primary"},
    {"LOADING", "Redis loads its data; wait"},
    {"max number of clients", "Raise Redis's maxclients"},
    {"DB index", "redis.url names a database that this Redis does not have (its option `databases`)"},
    {"DENIED", "Redis is in protected mode: set a password or bind it to a private address"},
    {"MOVED", "This is a Redis Cluster; Sluice needs a plain server"},
    {"Name or service not known", "Check the host in redis.url and the name service"},
    {"not resolved", "Check the host in redis.url and the name service"},
    {"name resolution", "Check the host in redis.url and the name service"},
});

}  // namespace

std::string_view to_string(RedisErrorKind kind) {
  switch (kind) {
    case RedisErrorKind::retry:
      return "retry";
    case RedisErrorKind::needs_help:
      return "needs_help";
    case RedisErrorKind::ours:
      return "ours";
    case RedisErrorKind::connection:
      return "connection";
  }
  return "unknown";
}

RedisErrorKind classify_error_reply(std::string_view reply) {
  const std::string_view word = reply.substr(0, reply.find(' '));
  const auto is_word = [word](std::string_view known) { return word == known; };
  const auto has_text = [reply](std::string_view known) { return reply.find(known) != reply.npos; };
  if (std::ranges::any_of(kRetry, is_word)) return RedisErrorKind::retry;
  if (std::ranges::any_of(kNeedsHelp, is_word)) return RedisErrorKind::needs_help;
  if (std::ranges::any_of(kRetryTexts, has_text)) return RedisErrorKind::retry;
  if (std::ranges::any_of(kNeedsHelpTexts, has_text)) return RedisErrorKind::needs_help;
  return RedisErrorKind::ours;
}

std::string_view advice_on(const RedisFailure& failure) {
  for (const auto& [part, advice] : kAdvice) {
    if (failure.text.find(part) != failure.text.npos) return advice;
  }
  if (failure.kind == RedisErrorKind::connection)
    return "Check that Redis runs and that redis.url leads to it";
  return {};
}

std::string describe_error_reply(std::string_view reply) {
  constexpr std::size_t kMostBytes = 160;
  if (reply.find("with args beginning with") != reply.npos) {
    reply = reply.substr(0, reply.find(", with args"));
  }
  std::string text(reply.substr(0, kMostBytes));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

}  // namespace sluice::sink

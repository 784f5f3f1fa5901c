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

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sink {

// What the caller has to do about a failure.
enum class RedisErrorKind : std::uint8_t {
  retry,       // Redis cannot just now (LOADING, BUSY, OOM, READONLY, ...): the same command again later
  needs_help,  // it will not before an operator acts (NOAUTH, NOPERM, WRONGPASS, MISCONF): again, slowly
  ours,        // the command is wrong, or a key has another type: again would fail again
  connection,  // refused, cut, timed out, or garbage: the connection is dead, make a new one
};
[[nodiscard]] std::string_view to_string(RedisErrorKind kind);

struct RedisFailure {
  RedisErrorKind kind = RedisErrorKind::connection;
  std::string text;  // one line, never a secret
};

// Judges an error reply by its first word, and by its text where Redis has no word for it.
[[nodiscard]] RedisErrorKind classify_error_reply(std::string_view reply);

// What an operator can do about a failure, by its text; a sentence, empty if there is nothing to say.
[[nodiscard]] std::string_view advice_on(const RedisFailure& failure);

// The reply shortened for a message: Redis repeats a command's arguments in some of its errors.
[[nodiscard]] std::string describe_error_reply(std::string_view reply);

}  // namespace sluice::sink

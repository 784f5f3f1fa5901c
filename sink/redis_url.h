#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/redis_error.h"
#include "sink/result.h"

namespace sluice::sink {

// Where a Redis is, as `redis.url` names it.
struct RedisAddress {
  std::string host;  // name or address; empty: unix_path
  std::uint16_t port = 6379;
  std::string unix_path;
  int database = 0;
  std::string username;  // %XX decoded
  std::string password;  // secret

  // "127.0.0.1:6379/0" or "unix:/path", without user and password.
  [[nodiscard]] std::string describe() const;
};

// Reads redis://[user[:password]@]host[:port][/db] and unix://[user[:password]@]/path[?db=N]. The error says
// what is wrong and never repeats the URL.
[[nodiscard]] Result<RedisAddress, std::string> parse_redis_url(std::string_view url);

struct RedisCredentials {
  std::string username;  // empty: the default user
  std::string password;  // empty: no AUTH
};

// The first that is given of: the options (to which the configuration adds SLUICE_REDIS_USERNAME and
// SLUICE_REDIS_PASSWORD), redis.password_file, the URL. The file is read at every call, so that a rotated
// password is found by the next connection. A user without a password is a failure: it could not log in.
[[nodiscard]] Result<RedisCredentials, RedisFailure> find_credentials(const config::RedisOptions& options,
                                                                      const RedisAddress& address);

}  // namespace sluice::sink

#include "sink/redis_url.h"

#include <fstream>
#include <optional>
#include <utility>

#include "common/parse_number.h"

namespace sluice::sink {
namespace {

std::optional<int> parse_up_to(int most, std::string_view text) {
  const auto value = parse_number<int>(text);
  return value && *value >= 0 && *value <= most ? value : std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// Takes "user:password@" off the front of `rest`.
void take_user(std::string_view& rest, std::size_t at, RedisAddress& address) {
  const std::string_view user = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const auto colon = user.find(':');
  address.username = percent_decoded(user.substr(0, colon));
  if (colon != user.npos) address.password = percent_decoded(user.substr(colon + 1));
}

// "" is database 0.
bool read_database(std::string_view text, RedisAddress& address) {
  constexpr int kMostDatabases = 99'999;
  const auto database = parse_up_to(kMostDatabases, text.empty() ? "0" : text);
  if (database) address.database = *database;
  return database.has_value();
}

Result<RedisAddress, std::string> parse_unix(std::string_view rest) {
  RedisAddress address;
  const auto slash = rest.find('/');
  const auto at = rest.substr(0, slash).rfind('@');
  if (at != rest.npos) take_user(rest, at, address);
  if (!rest.starts_with('/')) return std::string("a unix:// URL needs an absolute path");
  const auto question = rest.find('?');
  address.unix_path = percent_decoded(rest.substr(0, question));
  if (question != rest.npos) {
    const std::string_view query = rest.substr(question + 1);
    if (!query.starts_with("db=") || !read_database(query.substr(3), address)) {
      return std::string("after ? only db=NUMBER may stand");
    }
  }
  return address;
}

// "host", "host:port", "[v6]", "[v6]:port".
bool read_host_port(std::string_view text, RedisAddress& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return false;
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    address.host = text.substr(0, colon);
    port = colon == text.npos ? std::string_view{} : text.substr(colon);
  }
  if (address.host.empty()) return false;
  if (port.empty()) return true;
  const auto number = port.starts_with(':') ? parse_up_to(65535, port.substr(1)) : std::nullopt;
  if (!number || *number == 0) return false;
  address.port = static_cast<std::uint16_t>(*number);
  return true;
}

Result<RedisAddress, std::string> parse_tcp(std::string_view rest) {
  RedisAddress address;
  const auto at = rest.rfind('@');
  if (at != rest.npos) take_user(rest, at, address);
  const auto slash = rest.find('/');
  if (!read_host_port(rest.substr(0, slash), address)) return std::string("the host or port is not valid");
  if (slash != rest.npos && !read_database(rest.substr(slash + 1), address)) {
    return std::string("after the host only /DATABASE_NUMBER may stand");
  }
  return address;
}

std::string first_given(std::string a, std::string b) {
  return a.empty() ? std::move(b) : std::move(a);
}

}  // namespace

std::string RedisAddress::describe() const {
  if (host.empty()) return "unix:" + unix_path;
  const bool v6 = host.find(':') != host.npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" + std::to_string(database);
}

Result<RedisAddress, std::string> parse_redis_url(std::string_view url) {
  constexpr std::string_view kTcp = "redis://";
  constexpr std::string_view kUnix = "unix://";
  if (url.starts_with(kTcp)) return parse_tcp(url.substr(kTcp.size()));
  if (url.starts_with(kUnix)) return parse_unix(url.substr(kUnix.size()));
  return std::string("it must begin with redis:// or unix://");
}

Result<RedisCredentials, RedisFailure> find_credentials(const config::RedisOptions& options,
                                                        const RedisAddress& address) {
  RedisCredentials found{options.username, options.password};
  if (found.password.empty() && !options.password_file.empty()) {
    std::ifstream file(options.password_file);
    if (!std::getline(file, found.password)) {
      return RedisFailure{RedisErrorKind::needs_help,
                          "redis.password_file cannot be read: " + options.password_file};
    }
    if (found.password.ends_with('\r')) found.password.pop_back();
  }
  found.username = first_given(found.username, address.username);
  found.password = first_given(found.password, address.password);
  if (!found.username.empty() && found.password.empty()) {
    // Without a password there is no AUTH: it would go on as the default user.
    // The name is not shown: redis://PASSWORD@host is an easy slip.
    return RedisFailure{RedisErrorKind::needs_help,
                        "redis.url or redis.username names a user, but no password is given"};
  }
  return found;
}

}  // namespace sluice::sink

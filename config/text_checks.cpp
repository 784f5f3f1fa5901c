#include "config/text_checks.h"

#include <cstddef>
#include <cstdint>
#include <regex>

#include "common/parse_number.h"

namespace sluice::config {
namespace {

constexpr std::string_view kFine;

// std::regex recurses once for each character, so that a long text could exhaust the stack.
constexpr std::size_t kLongest = 1024;

[[nodiscard]] bool matches(const std::string& text, const char* pattern) {
  if (text.size() > kLongest) return false;
  return std::regex_match(text, std::regex(pattern, std::regex::ECMAScript | std::regex::optimize));
}

[[nodiscard]] bool is_port(std::string_view text) {
  return parse_number<std::uint16_t>(text).value_or(0) != 0;
}

// "name:9092", "[::1]:9092"
[[nodiscard]] bool is_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.front() == '[') return host.size() > 2 && host.back() == ']';
  return host.find_first_of(" \t/@:") == std::string_view::npos;
}

}  // namespace

std::string_view check_not_empty(const std::string& text) {
  return text.empty() ? "a text that is not empty" : kFine;
}

std::string_view check_instance(const std::string& text) {
  const bool fine = matches(text, "[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  return fine ? kFine
              : "1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit (it names a folder and a key)";
}

std::string_view check_brokers(const std::string& text) {
  constexpr std::string_view kShape = "host:port, several with commas between";
  std::size_t from = 0;
  while (true) {
    const auto comma = text.find(',', from);
    auto broker = std::string_view(text).substr(from, comma == std::string::npos ? comma : comma - from);
    while (!broker.empty() && broker.front() == ' ') broker.remove_prefix(1);
    if (const auto scheme = broker.find("://"); scheme != std::string_view::npos)
      broker.remove_prefix(scheme + 3);
    if (!is_host_port(broker)) return kShape;
    if (comma == std::string::npos) return kFine;
    from = comma + 1;
  }
}

std::string_view check_topic(const std::string& text) {
  const bool fine = matches(text, "[A-Za-z0-9._-]{1,249}") && text != "." && text != "..";
  return fine ? kFine : "a topic name: 1 to 249 of A-Z a-z 0-9 . _ -";
}

std::string_view check_topic_or_empty(const std::string& text) {
  return text.empty() ? kFine : check_topic(text);
}

std::string_view check_start(const std::string& text) {
  const bool fine =
      text == "earliest" || text == "latest" || matches(text, "[0-9]{1,15}") ||
      matches(text, "\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})");
  return fine ? kFine : "earliest, latest, an RFC 3339 time, or milliseconds since the epoch as text";
}

std::string_view check_redis_url(const std::string& text) {
  constexpr std::string_view kShape = "redis://[user[:password]@]host[:port][/db] or unix:///path[?db=N]";
  if (matches(text, "unix://([^/@]*@)?/[^?]+(\\?db=[0-9]{1,5})?")) return kFine;
  std::smatch parts;
  const std::regex url("redis://([^/]*@)?(\\[[0-9A-Fa-f:.]+\\]|[^/:@\\[\\] ]+)(:([0-9]+))?(/[0-9]{0,5})?");
  if (text.size() > kLongest || !std::regex_match(text, parts, url)) return kShape;
  return !parts[4].matched || is_port(parts[4].str()) ? kFine : kShape;
}

std::string_view check_prefix(const std::string& text) {
  return matches(text, "[A-Za-z0-9._:{}-]{1,64}") ? kFine : "1 to 64 of A-Z a-z 0-9 . _ : - { }";
}

std::string_view check_pointer(const std::string& text) {
  return matches(text, "(/([^~/]|~[01])+)+") ? kFine : "a JSON pointer such as /user or /payload/user/id";
}

std::string_view check_listen(const std::string& text) {
  return text.empty() || is_host_port(text) ? kFine : "host:port, or empty for off";
}

}  // namespace sluice::config

#include "sink/http_get.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/parse_number.h"
#include "sink/redis_socket.h"

namespace sluice::sink {
namespace {

constexpr std::size_t kMostBytes = std::size_t{4} * 1024 * 1024;

struct Loopback {
  std::vector<std::string> hosts;  // to be tried in this order
  std::uint16_t port = 0;
};

std::optional<Loopback> loopback_of(std::string_view listen) {
  const auto colon = listen.rfind(':');
  if (colon == listen.npos) return {};
  Loopback address;
  address.port = parse_number<std::uint16_t>(listen.substr(colon + 1)).value_or(0);
  if (address.port == 0) return {};
  std::string_view host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "::") {  // which takes IPv4, too, also on a machine whose loopback has no IPv6
    address.hosts = {"::1", "127.0.0.1"};
  } else {
    address.hosts = {host == "0.0.0.0" ? "127.0.0.1" : std::string(host)};
  }
  return address;
}

// The bytes until the server closes, or the errno.
Result<std::string, int> exchange(int fd, std::string_view request, const Patience& patience) {
  const auto may_go_on = [&](int error, short events) {
    return (error == EAGAIN || error == EINTR) && wait_for(fd, events, patience);
  };
  const auto reason = [](int error) { return error == EAGAIN ? ETIMEDOUT : error; };
  while (!request.empty()) {
    const auto sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    const int error = errno;
    if (sent > 0) {
      request.remove_prefix(static_cast<std::size_t>(sent));
    } else if (!may_go_on(error, POLLOUT)) {
      return reason(error);
    }
  }
  std::string answer;
  std::array<char, 16384> buffer{};
  while (answer.size() < kMostBytes) {
    const auto received = ::recv(fd, buffer.data(), buffer.size(), 0);
    const int error = errno;
    if (received == 0) return answer;
    if (received > 0) {
      answer.append(buffer.data(), static_cast<std::size_t>(received));
    } else if (!may_go_on(error, POLLIN)) {
      return reason(error);
    }
  }
  return EMSGSIZE;
}

std::optional<HttpAnswer> parse(std::string_view text) {
  const auto space = text.find(' ');  // of "HTTP/1.1 200 OK"
  const auto blank = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/") || space == text.npos || blank == text.npos) return {};
  HttpAnswer answer;
  const auto [end, error] =
      std::from_chars(text.data() + space + 1, text.data() + text.size(), answer.status);
  if (error != std::errc{}) return {};
  answer.body = text.substr(blank + 4);
  return answer;
}

}  // namespace

Result<HttpAnswer, std::string> http_get(const std::string& listen, const std::string& path,
                                         std::chrono::milliseconds at_most) {
  const auto address = loopback_of(listen);
  if (!address) return "\"" + listen + "\" is no address that can be asked";
  const Patience patience{std::chrono::steady_clock::now() + at_most, nullptr};
  std::string host = address->hosts.front();
  auto fd = connect_tcp(host, address->port, patience);
  for (std::size_t k = 1; !fd && k < address->hosts.size(); ++k) {
    host = address->hosts[k];
    fd = connect_tcp(host, address->port, patience);
  }
  const std::string where = host + ":" + std::to_string(address->port) + ": ";
  if (!fd) return where + fd.error();
  // By 1.0 the server closes behind its answer, and sends it in one piece.
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + host + "\r\n\r\n";
  const auto answer = exchange(fd.value().get(), request, patience);
  if (!answer) return where + std::system_category().message(answer.error());
  auto parsed = parse(answer.value());
  if (!parsed) return where + "this is no HTTP";
  return std::move(*parsed);
}

}  // namespace sluice::sink

#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sink/unique_fd.h"

// As much of an HTTP client as the tests of a server on loopback need.
namespace sluice::test {

// Not valid: refused.
[[nodiscard]] inline sink::UniqueFd connect_to(std::uint16_t port) {
  sink::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

inline void send_text(const sink::UniqueFd& fd, std::string_view text) {
  ASSERT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

// What comes up to and with `end`, or until the connection is closed or silent for ten seconds.
[[nodiscard]] inline std::string receive_until(const sink::UniqueFd& fd, std::string_view end) {
  constexpr int kSilenceMs = 10'000;
  std::string text;
  std::array<char, 4096> buffer{};
  pollfd polled{fd.get(), POLLIN, 0};
  while (!text.ends_with(end) && ::poll(&polled, 1, kSilenceMs) > 0) {
    const ssize_t n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}
[[nodiscard]] inline std::string receive_all(const sink::UniqueFd& fd) {
  return receive_until(fd, std::string_view("\0", 1));
}

// The whole answer to "GET <path>", its head included.
[[nodiscard]] inline std::string http_get(std::uint16_t port, const std::string& path) {
  const sink::UniqueFd fd = connect_to(port);
  if (!fd.valid()) return "refused";
  send_text(fd, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return receive_all(fd);
}

}  // namespace sluice::test

#include "support/fake_redis_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace sluice::test {

bool FakeRedisServer::Client::receive() {
  std::array<char, 65536> buffer{};
  const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

bool FakeRedisServer::Client::receive_commands(std::size_t count) {
  // Each command begins with *<n>\r\n; the tests' arguments hold no asterisks.
  while (std::cmp_less(std::ranges::count(received_, '*'), count)) {
    if (!receive()) return false;
  }
  return true;
}

void FakeRedisServer::Client::send(const std::string& bytes) {
  [[maybe_unused]] const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void FakeRedisServer::Client::wait_for_end() {
  while (receive()) {
  }
}

FakeRedisServer::FakeRedisServer(std::function<void(Client&, int)> serve)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), serve_(std::move(serve)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the fake server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] {
    for (int n = 0;; ++n) {
      sink::UniqueFd fd(::accept(listener_.get(), nullptr, nullptr));
      if (!fd.valid()) return;
      Client client(std::move(fd));
      serve_(client, n);
    }
  });
}

FakeRedisServer::~FakeRedisServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);  // ends accept()
  thread_.join();
}

std::string FakeRedisServer::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_) + "/0";
}

}  // namespace sluice::test

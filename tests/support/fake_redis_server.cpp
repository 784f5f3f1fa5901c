#include "support/fake_redis_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::test {

bool FakeRedisServer::Client::receive() {
  std::array<char, 65536> buffer{};
  const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

namespace {
// The number after the type byte of a line such as "*3\r\n", which is taken off the front. Nothing if the
// line is not whole.
std::optional<std::size_t> take_number(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == bytes.npos) return std::nullopt;
  const std::size_t number = std::stoul(std::string(bytes.substr(1, end - 1)));
  bytes.remove_prefix(end + 2);
  return number;
}

// How many commands stand whole at the front: each an array, *<n>\r\n, of bulk strings,
// $<size>\r\n<bytes>\r\n.
std::size_t complete_commands(std::string_view bytes) {
  for (std::size_t count = 0;; ++count) {
    const auto arguments = take_number(bytes);
    if (!arguments) return count;
    for (std::size_t k = 0; k < *arguments; ++k) {
      const auto size = take_number(bytes);
      if (!size || bytes.size() < *size + 2) return count;
      bytes.remove_prefix(*size + 2);
    }
  }
}
}  // namespace

bool FakeRedisServer::Client::has_commands(std::size_t count) const {
  return complete_commands(received_) >= count;
}

bool FakeRedisServer::Client::receive_commands(std::size_t count) {
  while (complete_commands(received_) < count) {
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

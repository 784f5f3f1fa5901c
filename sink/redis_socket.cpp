#include "sink/redis_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice = 50ms;  // how often abandon is looked at

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::string error_text(int error) {
  return std::system_category().message(error);
}

RedisFailure no_connection(const RedisAddress& address, const std::string& why) {
  return {RedisErrorKind::connection, "cannot connect to Redis at " + address.describe() + ": " + why};
}

struct Lookup {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  int error = 0;  // of getaddrinfo
  std::vector<SocketAddress> found;
};

void look_up(const std::string& host, std::uint16_t port, int flags, Lookup& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  const std::lock_guard lock(lookup.mutex);
  for (const addrinfo* at = list; error == 0 && at != nullptr; at = at->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    lookup.found.push_back(address);
  }
  lookup.error = error;
  lookup.done = true;
  lookup.done_changed.notify_all();
}

// getaddrinfo knows no deadline, hence the thread: it owns what it touches and ends when the resolver does.
Result<std::vector<SocketAddress>, std::string> resolve(const std::string& host, std::uint16_t port,
                                                        const Patience& patience) {
  const auto lookup = std::make_shared<Lookup>();
  look_up(host, port, AI_NUMERICHOST, *lookup);
  if (lookup->error == 0) return std::move(lookup->found);
  lookup->done = false;
  std::thread([lookup, host, port] { look_up(host, port, AI_ADDRCONFIG, *lookup); }).detach();
  std::unique_lock lock(lookup->mutex);
  while (!lookup->done && !patience.over()) lookup->done_changed.wait_for(lock, kSlice);
  if (!lookup->done) return std::string("the name was not resolved in time");
  if (lookup->error != 0) return std::string(gai_strerror(lookup->error));
  return std::move(lookup->found);
}

std::optional<SocketAddress> unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) return {};
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  std::memcpy(&address.storage, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

// The connected socket, or the errno.
Result<UniqueFd, int> connect_to(const SocketAddress& address, const Patience& patience) {
  const int family = address.storage.ss_family;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno;
  const int on = 1;
  if (family != AF_UNIX) {
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return fd;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!wait_for(fd.get(), POLLOUT, patience)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return error;
  return fd;
}

}  // namespace

bool Patience::over() const {
  return steady_clock::now() >= deadline || (abandon != nullptr && abandon->load(std::memory_order_relaxed));
}

bool wait_for(int fd, short events, const Patience& patience) {
  while (!patience.over()) {
    const auto left = std::chrono::ceil<milliseconds>(patience.deadline - steady_clock::now());
    pollfd polled{fd, events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::clamp(left, 0ms, kSlice).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  return false;
}

Result<UniqueFd, std::string> connect_tcp(const std::string& host, std::uint16_t port,
                                          const Patience& patience) {
  const auto candidates = resolve(host, port, patience);
  if (!candidates) return candidates.error();
  int error = EADDRNOTAVAIL;
  for (const SocketAddress& candidate : candidates.value()) {
    auto fd = connect_to(candidate, patience);
    if (fd) return std::move(fd.value());
    error = fd.error();
  }
  return error_text(error);
}

Result<UniqueFd, RedisFailure> connect_socket(const RedisAddress& address, const Patience& patience) {
  if (!address.host.empty()) {
    auto fd = connect_tcp(address.host, address.port, patience);
    if (!fd) return no_connection(address, fd.error());
    return std::move(fd.value());
  }
  const auto named = unix_address(address.unix_path);
  if (!named) return no_connection(address, "the path is too long for a socket");
  auto fd = connect_to(*named, patience);
  if (!fd) return no_connection(address, error_text(fd.error()));
  return std::move(fd.value());
}

}  // namespace sluice::sink

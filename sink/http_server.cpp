#include "sink/http_server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <list>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "common/parse_number.h"
#include "sink/http_connection.h"
#include "sink/unique_fd.h"
#include "sink/wake_up.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;
using Clock = HttpConnection::Clock;

// Beyond this, and where no file descriptor is left, the client that has been silent for the longest time
// goes.
constexpr std::size_t kMostConnections = 256;
// Clients taken between two looks at those that are there; a longer queue waits in the kernel.
constexpr int kMostAtOnce = 128;
// Between two looks at who takes too long.
constexpr auto kLookAgain = 1s;
// After a connection could not be taken, before the next try.
constexpr auto kPauseOfAccept = 100ms;

struct Address {
  std::string host;
  std::string port;
};

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return {};
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view port = text.substr(colon + 1);
  if (!parse_number<std::uint16_t>(port)) return {};
  return Address{std::string(host), std::string(port)};
}

std::string last_error() {
  return std::system_category().message(errno);
}

// A socket that listens on the first of the host's addresses that can be had.
Result<UniqueFd, std::string> listen_on(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failed != 0) return std::string(::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    UniqueFd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol));
    const int on = 1;
    if (fd.valid() && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(fd.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(fd.get(), SOMAXCONN) == 0) {
      return fd;
    }
    why = last_error();
  }
  return why;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  // The port is at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

HttpResponse to_response(const HttpHandlers::Health& health) {
  return {.status = health.ok ? 200 : 503, .body = health.text + "\n"};
}

}  // namespace

struct HttpServer::Impl {
  Impl(UniqueFd listening, HttpHandlers answers)
      : listener(std::move(listening)), handlers(std::move(answers)), thread([this] { run(); }) {}
  ~Impl() {
    stopping = true;
    wake_up.force();
    thread.join();
  }

  void run();
  [[nodiscard]] std::chrono::milliseconds patience() const;
  void accept_all(Clock::time_point now);
  void close_most_silent();
  [[nodiscard]] HttpResponse answer(std::string_view path) const;

  const UniqueFd listener;
  const HttpHandlers handlers;
  std::atomic<bool> stopping = false;
  WakeUp wake_up;

  // The thread's own.
  std::list<HttpConnection> connections;
  Clock::time_point accept_at{};  // not before
  std::thread thread;             // last: it uses all the others
};

void HttpServer::Impl::run() {
  std::vector<pollfd> polled;
  while (!stopping) {
    const bool accepting = Clock::now() >= accept_at;
    polled = {{wake_up.fd(), POLLIN, 0}, {listener.get(), accepting ? short{POLLIN} : short{0}, 0}};
    for (const HttpConnection& connection : connections) {
      polled.push_back({connection.fd(), connection.events(), 0});
    }
    if (::poll(polled.data(), polled.size(), static_cast<int>(patience().count())) < 0 && errno != EINTR)
      return;
    const Clock::time_point now = Clock::now();
    std::size_t i = 2;
    for (HttpConnection& connection : connections) {
      const bool ready = polled[i++].revents != 0;
      if (ready || connection.has_work()) {
        connection.serve(
            ready, [this](std::string_view path) { return answer(path); }, now);
      }
    }
    std::erase_if(connections, [&](const HttpConnection& connection) { return connection.over(now); });
    if (polled[1].revents != 0) accept_all(now);
  }
}

std::chrono::milliseconds HttpServer::Impl::patience() const {
  if (std::ranges::any_of(connections, &HttpConnection::has_work)) return 0ms;
  return Clock::now() < accept_at ? std::chrono::milliseconds(kPauseOfAccept) : kLookAgain;
}

void HttpServer::Impl::accept_all(Clock::time_point now) {
  for (int taken = 0; taken < kMostAtOnce; ++taken) {
    UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        close_most_silent();
        accept_at = now + kPauseOfAccept;
        return;
      }
      continue;  // that client is gone
    }
    if (connections.size() >= kMostConnections) close_most_silent();
    connections.emplace_back(std::move(fd), now);
  }
}

void HttpServer::Impl::close_most_silent() {
  const auto found = std::ranges::min_element(connections, {}, &HttpConnection::since);
  if (found != connections.end()) connections.erase(found);
}

HttpResponse HttpServer::Impl::answer(std::string_view path) const {
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", handlers.metrics()};
  if (path == "/healthz") return to_response(handlers.healthy());
  if (path == "/readyz") return to_response(handlers.ready());
  if (path == "/status") return {200, "application/json", handlers.status()};
  return {.status = 404, .body = "/metrics, /healthz, /readyz and /status are here\n"};
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const std::string& listen,
                                                                   HttpHandlers handlers) {
  const auto address = parse_address(listen);
  if (!address) return "\"" + listen + "\" is not host:port";
  auto listening = listen_on(*address);
  if (!listening) return "cannot listen on " + listen + ": " + listening.error();
  auto impl = std::make_unique<Impl>(std::move(listening.value()), std::move(handlers));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return port_of(impl_->listener.get());
}

}  // namespace sluice::sink

#include "sink/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kThreads = 2;
constexpr std::size_t kMostWaiting = 64;

struct Address {
  std::string host;
  int port = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return {};
  Address address;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool fine = error == std::errc{} && end == port.data() + port.size();
  if (!fine || address.port < 0 || address.port > 65535) return {};
  return address;
}

// Newer versions of the library can also bound the waiting requests.
template <typename Pool>
Pool* make_pool() {
  if constexpr (std::is_constructible_v<Pool, std::size_t, std::size_t>) {
    return new Pool(kThreads, kMostWaiting);
  } else {
    return new Pool(kThreads);
  }
}

void configure(httplib::Server& server) {
  server.new_task_queue = [] { return make_pool<httplib::ThreadPool>(); };
  // The library's default, SO_REUSEPORT, lets two processes share a port without a word.
  server.set_socket_options([](int fd) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.set_read_timeout(1s);
  server.set_write_timeout(2s);
  server.set_keep_alive_timeout(1);
  server.set_keep_alive_max_count(100);
  server.set_payload_max_length(1024);
}

void answer(const HttpHandlers::Health& health, httplib::Response& response) {
  response.status = health.ok ? 200 : 503;
  response.set_content(health.text + "\n", "text/plain; charset=utf-8");
}

void route(httplib::Server& server, HttpHandlers handlers) {
  server.Get("/metrics",
             [metrics = std::move(handlers.metrics)](const httplib::Request&, httplib::Response& response) {
               response.set_content(metrics(), "text/plain; version=0.0.4; charset=utf-8");
             });
  server.Get("/healthz",
             [healthy = std::move(handlers.healthy)](const httplib::Request&, httplib::Response& response) {
               answer(healthy(), response);
             });
  server.Get("/readyz",
             [ready = std::move(handlers.ready)](const httplib::Request&, httplib::Response& response) {
               answer(ready(), response);
             });
}

}  // namespace

struct HttpServer::Impl {
  httplib::Server server;
  int port = 0;
  std::atomic<bool> ended = false;  // the loop has returned
  std::thread thread;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const std::string& listen,
                                                                   HttpHandlers handlers) {
  const auto address = parse_address(listen);
  if (!address) return "\"" + listen + "\" is not host:port";
  auto impl = std::make_unique<Impl>();
  configure(impl->server);
  route(impl->server, std::move(handlers));
  errno = 0;
  if (address->port == 0) {
    impl->port = impl->server.bind_to_any_port(address->host);
  } else {
    impl->port = impl->server.bind_to_port(address->host, address->port) ? address->port : -1;
  }
  if (impl->port <= 0) {
    const std::string why = errno != 0 ? ": " + std::system_category().message(errno) : "";
    return "cannot listen on " + listen + why;
  }
  impl->thread = std::thread([&state = *impl] {
    state.server.listen_after_bind();
    state.ended = true;
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() {
  // stop() before the loop runs would be missed.
  while (!impl_->server.is_running() && !impl_->ended) std::this_thread::sleep_for(1ms);
  impl_->server.stop();
  impl_->thread.join();
}

std::uint16_t HttpServer::port() const {
  return static_cast<std::uint16_t>(impl_->port);
}

}  // namespace sluice::sink

#include "sink/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>

#include "sink/unique_fd.h"

namespace sluice::sink {
namespace {

// The whole answer to "GET <path>".
std::string get(std::uint16_t port, const std::string& path) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "refused";
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return "cut";
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return answer;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

class Http : public ::testing::Test {
 protected:
  Http() {
    HttpHandlers handlers;
    handlers.metrics = [] { return std::string("sluice_events_total 7\n"); };
    handlers.healthy = [] { return HttpHandlers::Health{true, "ok"}; };
    handlers.ready = [this] {
      return HttpHandlers::Health{ready_, ready_ ? "ok" : "no snapshot loaded yet"};
    };
    handlers_ = handlers;
  }
  std::atomic<bool> ready_ = true;
  HttpHandlers handlers_;
};

TEST_F(Http, serves_metrics_health_and_readiness_and_nothing_else) {
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok()) << server.error();
  const std::uint16_t port = server.value()->port();
  const std::string metrics = get(port, "/metrics");
  EXPECT_TRUE(contains(metrics, "200 OK"));
  EXPECT_TRUE(contains(metrics, "text/plain; version=0.0.4"));
  EXPECT_TRUE(contains(metrics, "sluice_events_total 7"));
  EXPECT_TRUE(contains(get(port, "/healthz"), "200 OK"));
  EXPECT_TRUE(contains(get(port, "/readyz"), "200 OK"));
  ready_ = false;
  EXPECT_TRUE(contains(get(port, "/readyz"), "503"));
  EXPECT_TRUE(contains(get(port, "/readyz"), "no snapshot loaded yet"));
  EXPECT_TRUE(contains(get(port, "/"), "404"));
  EXPECT_TRUE(contains(get(port, "/../etc/passwd"), "40"));
}

TEST_F(Http, taken_port_is_a_clear_error) {
  const auto first = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(first.ok());
  const std::string listen = "127.0.0.1:" + std::to_string(first.value()->port());
  const auto second = HttpServer::start(listen, handlers_);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(contains(second.error(), listen)) << second.error();
}

TEST_F(Http, port_is_free_again_after_the_end) {
  std::string listen;
  {
    const auto first = HttpServer::start("127.0.0.1:0", handlers_);
    ASSERT_TRUE(first.ok());
    listen = "127.0.0.1:" + std::to_string(first.value()->port());
    EXPECT_TRUE(contains(get(first.value()->port(), "/healthz"), "200"));
  }
  const auto again = HttpServer::start(listen, handlers_);
  EXPECT_TRUE(again.ok()) << again.error();
}

TEST_F(Http, malformed_address_is_a_clear_error) {
  for (const char* listen : {"", "9464", ":9464", "localhost:", "localhost:x", "127.0.0.1:70000"}) {
    EXPECT_FALSE(HttpServer::start(listen, handlers_).ok()) << listen;
  }
}

TEST_F(Http, silent_clients_do_not_keep_others_out_for_long) {
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok());
  std::array<UniqueFd, 2> silent;
  for (UniqueFd& fd : silent) {
    fd = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.value()->port());
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(contains(get(server.value()->port(), "/healthz"), "200"));
}

}  // namespace
}  // namespace sluice::sink

#include "sink/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "sink/http_get.h"
#include "support/http_client.h"
#include "support/patience.h"

namespace sluice::sink {
namespace {

using test::connect_to;
using test::receive_all;
using test::receive_until;
using test::send_text;

std::string get(std::uint16_t port, const std::string& path) {
  return test::http_get(port, path);
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
    handlers.status = [] { return std::string(R"({"state":"running"})"); };
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

TEST_F(Http, is_asked_on_loopback_where_it_listens_on_all_interfaces) {
  const auto server = HttpServer::start("0.0.0.0:0", handlers_);
  ASSERT_TRUE(server.ok()) << server.error();
  const std::string listen = "0.0.0.0:" + std::to_string(server.value()->port());
  const auto status = http_get(listen, "/status", std::chrono::seconds{5});
  ASSERT_TRUE(status.ok()) << status.error();
  EXPECT_EQ(status.value().status, 200);
  EXPECT_EQ(status.value().body, R"({"state":"running"})");
  ready_ = false;
  const auto ready = http_get(listen, "/readyz", std::chrono::seconds{5});
  ASSERT_TRUE(ready.ok()) << ready.error();
  EXPECT_EQ(ready.value().status, 503);
  EXPECT_EQ(ready.value().body, "no snapshot loaded yet\n");
}

TEST_F(Http, asking_says_why_there_is_no_answer) {
  std::string listen;
  {
    const auto server = HttpServer::start("127.0.0.1:0", handlers_);
    ASSERT_TRUE(server.ok());
    listen = "127.0.0.1:" + std::to_string(server.value()->port());
  }
  const auto refused = http_get(listen, "/status", std::chrono::seconds{5});
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(contains(refused.error(), listen + ": Connection refused")) << refused.error();
  EXPECT_FALSE(http_get("", "/status", std::chrono::seconds{1}).ok());
  EXPECT_FALSE(http_get("127.0.0.1:0", "/status", std::chrono::seconds{1}).ok());
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

TEST_F(Http, probes_are_answered_at_once_beside_silent_and_busy_clients) {
  constexpr std::size_t kOfEach = 50;
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok());
  const std::uint16_t port = server.value()->port();
  std::vector<UniqueFd> silent;
  std::vector<UniqueFd> busy;
  for (std::size_t i = 0; i < kOfEach; ++i) {
    silent.push_back(connect_to(port));
    if (i % 2 == 0) send_text(silent.back(), "GET /heal");
    busy.push_back(connect_to(port));
  }
  for (int round = 0; round < 3; ++round) {
    for (const UniqueFd& client : busy) send_text(client, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(contains(get(port, "/healthz"), "200"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{100} * test::kPatience);
    for (const UniqueFd& client : busy) {
      EXPECT_TRUE(contains(receive_until(client, "sluice_events_total 7\n"), "200 OK"));
    }
  }
  send_text(silent.front(), "thz HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(contains(receive_until(silent.front(), "ok\n"), "200 OK"));
}

TEST_F(Http, more_clients_than_there_is_room_for_do_not_keep_a_probe_out) {
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok());
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(connect_to(server.value()->port()));
  EXPECT_TRUE(contains(get(server.value()->port(), "/healthz"), "200"));
  // The first ones made room.
  EXPECT_EQ(receive_all(silent.front()), "");
}

TEST_F(Http, requests_one_after_the_other_on_one_connection_are_answered_in_order) {
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok());
  const UniqueFd client = connect_to(server.value()->port());
  send_text(client,
            "GET /healthz?verbose HTTP/1.1\r\n\r\nHEAD /metrics HTTP/1.1\r\n\r\nGET /no HTTP/1.0\r\n\r\n");
  ::shutdown(client.get(), SHUT_WR);
  const std::string answers = receive_all(client);
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n")) << answers;
  EXPECT_TRUE(contains(answers, "ok\nHTTP/1.1 200 OK")) << answers;
  EXPECT_TRUE(contains(answers, "Content-Length: 22\r\n\r\nHTTP/1.1 404 Not Found")) << answers;
}

TEST_F(Http, what_is_no_request_for_a_page_is_refused_and_cut) {
  const auto server = HttpServer::start("127.0.0.1:0", handlers_);
  ASSERT_TRUE(server.ok());
  const struct {
    std::string request;
    const char* status;
  } cases[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\n\r\n", "400"},
      {"GET /healthz HTTP/1.1\r\nno field\r\n\r\n", "400"},
      {"GET /" + std::string(9000, 'x'), "400"},
      {"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "405"},
  };
  for (const auto& [request, status] : cases) {
    const UniqueFd client = connect_to(server.value()->port());
    send_text(client, request);
    EXPECT_TRUE(contains(receive_all(client), std::string("HTTP/1.1 ") + status)) << request;
  }
}

}  // namespace
}  // namespace sluice::sink

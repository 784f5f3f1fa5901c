#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "sink/unique_fd.h"

namespace sluice::test {

// A socket that plays a misbehaving Redis: each connection is handed to `serve` in turn, on the server's
// thread.
class FakeRedisServer {
 public:
  class Client {
   public:
    explicit Client(sink::UniqueFd fd) : fd_(std::move(fd)) {}
    // Whether the client sent at least one byte; false: it is gone.
    [[nodiscard]] bool receive();
    // Receives until the client has sent so many commands in all; false: it is gone.
    [[nodiscard]] bool receive_commands(std::size_t count);
    // Whether it has sent so many in all by now.
    [[nodiscard]] bool has_commands(std::size_t count) const;
    [[nodiscard]] const std::string& received() const { return received_; }
    void send(const std::string& bytes);
    void close() { fd_.reset(); }
    // Waits until the client has closed.
    void wait_for_end();

   private:
    sink::UniqueFd fd_;
    std::string received_;
  };

  // `serve(client, n)` for the n-th connection, from 0.
  explicit FakeRedisServer(std::function<void(Client&, int)> serve);
  ~FakeRedisServer();  // waits for serve() to return

  [[nodiscard]] std::string url() const;

 private:
  sink::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::function<void(Client&, int)> serve_;
  std::thread thread_;
};

}  // namespace sluice::test

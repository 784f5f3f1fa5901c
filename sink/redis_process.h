#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sink/result.h"

namespace sluice::sink {

struct RedisProcessOptions {
  std::string program = "redis-server";  // searched in PATH
  std::uint16_t port = 0;                // on 127.0.0.1; 0: a free one
  std::vector<std::string> arguments{};  // further ones, such as "--maxmemory", "2mb"; not "--loglevel"
  bool may_outlive_us = false;  // for release(): not ended by the kernel when the starting thread ends
  std::chrono::milliseconds start_timeout{10'000};
};

// A private redis-server as a child: on loopback, without persistence, in a temporary folder of its own. It
// is stopped by its pid at the end of this object's life, and by the kernel when the thread that started it
// ends (so start it on a thread that lives as long as it is needed), unless `may_outlive_us`.
class RedisProcess {
 public:
  // Returns when it answers PING (or -NOAUTH). The error is one line for the user.
  [[nodiscard]] static Result<std::unique_ptr<RedisProcess>, std::string> start(
      const RedisProcessOptions& options = {});
  ~RedisProcess();  // stop(), unless released
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string url() const;  // redis://127.0.0.1:<port>/0
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  void send_signal(int signal) const;  // SIGSTOP, SIGCONT, ...
  // SIGTERM, SIGKILL after two seconds; removes the folder. Again is harmless.
  void stop();
  void kill();  // SIGKILL at once
  // Leaves it running; its folder stays. Needs `may_outlive_us`.
  void release();

 private:
  RedisProcess(pid_t pid, std::uint16_t port, std::filesystem::path folder)
      : pid_(pid), port_(port), folder_(std::move(folder)) {}
  [[nodiscard]] bool has_ended(std::chrono::milliseconds at_most);
  // Empty when it answers; else why not.
  [[nodiscard]] std::string wait_until_ready(std::chrono::milliseconds at_most);
  [[nodiscard]] bool log_contains(std::string_view text) const;
  [[nodiscard]] std::string last_log_line() const;

  pid_t pid_ = -1;  // -1: ended or released
  std::uint16_t port_ = 0;
  std::filesystem::path folder_;
};

}  // namespace sluice::sink

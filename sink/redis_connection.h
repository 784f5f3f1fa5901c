#pragma once

#include <hiredis.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/options.h"
#include "sink/redis_error.h"
#include "sink/redis_reply.h"
#include "sink/redis_socket.h"
#include "sink/result.h"
#include "sink/unique_fd.h"

namespace sluice::sink {

// One connection to one Redis: it owns the socket, hiredis only parses. After any RedisErrorKind::connection
// it is dead for good, so that a late reply can never answer a later command; reconnecting is a new object.
// One thread at a time.
class RedisConnection {
 public:
  // Connects within redis.connect_timeout, then AUTH and SELECT within redis.command_timeout. `abandon` must
  // outlive the connection.
  [[nodiscard]] static Result<std::unique_ptr<RedisConnection>, RedisFailure> connect(
      const config::RedisOptions& options, const std::atomic<bool>* abandon = nullptr);

  // One command and its reply, within redis.command_timeout. An error reply is a failure of its class.
  // Nothing may be in flight.
  [[nodiscard]] Result<RedisReply, RedisFailure> run(std::span<const std::string_view> arguments);
  [[nodiscard]] Result<RedisReply, RedisFailure> run(std::initializer_list<std::string_view> arguments) {
    return run(std::span(arguments.begin(), arguments.size()));
  }

  // The pipeline. Commands are appended here (redis_command.h) and sent by pump().
  [[nodiscard]] std::string& output() { return output_; }
  [[nodiscard]] bool has_unsent() const { return sent_ < output_.size(); }

  // Sends and receives what it can. If nothing moves, waits until something does, `wake_fd` (-1: none) turns
  // readable, or `at_most` is over. The failure, if the connection died.
  [[nodiscard]] std::optional<RedisFailure> pump(std::chrono::milliseconds at_most, int wake_fd = -1);

  // The next complete reply in the order of the commands, from what pump() received. Ask until there is none
  // before the next pump().
  [[nodiscard]] std::optional<RedisReply> next_reply();

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  RedisConnection(UniqueFd fd, std::string name, std::chrono::milliseconds command_timeout,
                  const std::atomic<bool>* abandon);
  [[nodiscard]] std::optional<RedisFailure> log_in(const RedisCredentials& credentials, int database);
  [[nodiscard]] RedisFailure refused_login(const RedisFailure& failure) const;
  // Bytes moved; a failure is left in failure_.
  std::size_t send_some();
  std::size_t receive_some();
  void fail(const std::string& why);
  [[nodiscard]] bool reader_is_empty() const;

  UniqueFd fd_;
  std::string name_;  // address without secrets
  std::chrono::milliseconds command_timeout_;
  const std::atomic<bool>* abandon_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::string output_;
  std::size_t sent_ = 0;  // of output_
  std::array<char, std::size_t{64} * 1024> input_;
  std::size_t received_ = 0;  // bytes of input_ that are filled
  std::size_t taken_ = 0;     // of those, already given out
  std::optional<RedisFailure> failure_;
};

}  // namespace sluice::sink

#include "sink/redis_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "sink/redis_command.h"
#include "sink/would_block.h"

namespace sluice::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kOk = "+OK\r\n";

}  // namespace

RedisConnection::RedisConnection(UniqueFd fd, std::string name, milliseconds command_timeout,
                                 const std::atomic<bool>* abandon)
    : fd_(std::move(fd)),
      name_(std::move(name)),
      command_timeout_(command_timeout),
      abandon_(abandon),
      reader_(redisReaderCreate()) {}

Result<std::unique_ptr<RedisConnection>, RedisFailure> RedisConnection::connect(
    const config::RedisOptions& options, const std::atomic<bool>* abandon) {
  const auto address = parse_redis_url(options.url);
  if (!address) return RedisFailure{RedisErrorKind::needs_help, "redis.url: " + address.error()};
  const auto credentials = find_credentials(options, address.value());
  if (!credentials) return credentials.error();
  auto fd = connect_socket(address.value(), Patience{steady_clock::now() + options.connect_timeout, abandon});
  if (!fd) return fd.error();
  std::unique_ptr<RedisConnection> made(new RedisConnection(std::move(fd.value()), address.value().describe(),
                                                            options.command_timeout, abandon));
  if (auto failure = made->log_in(credentials.value(), address.value().database)) return std::move(*failure);
  return made;
}

std::optional<RedisFailure> RedisConnection::log_in(const RedisCredentials& credentials, int database) {
  if (!credentials.password.empty()) {
    const auto reply = credentials.username.empty()
                           ? run({"AUTH", credentials.password})
                           : run({"AUTH", credentials.username, credentials.password});
    if (!reply) return refused_login(reply.error());
  }
  if (database == 0) return {};
  const auto reply = run({"SELECT", std::to_string(database)});
  return reply ? std::nullopt : std::optional(reply.error());
}

// A reply to AUTH may repeat its arguments, so only its first word is shown.
RedisFailure RedisConnection::refused_login(const RedisFailure& failure) const {
  if (failure.kind == RedisErrorKind::connection || failure.kind == RedisErrorKind::retry) return failure;
  if (failure.text.find("without any password configured") != failure.text.npos) {
    return {RedisErrorKind::needs_help, "Redis at " + name_ + " has no password, but one is given"};
  }
  const std::string word = failure.text.substr(0, failure.text.find(' '));
  return {RedisErrorKind::needs_help, "Redis at " + name_ + " refuses the user or password: " + word};
}

Result<RedisReply, RedisFailure> RedisConnection::run(std::span<const std::string_view> arguments) {
  assert(!has_unsent());
  append_command(output_, arguments);
  const Patience patience{steady_clock::now() + command_timeout_, abandon_};
  constexpr milliseconds kSlice{50};
  while (true) {
    if (auto reply = next_reply()) {
      if (!reply->view().is_error()) return std::move(*reply);
      const std::string_view text = reply->view().text();
      return RedisFailure{classify_error_reply(text), describe_error_reply(text)};
    }
    if (!failure_ && patience.over()) fail("no reply in time");
    const auto left = std::chrono::ceil<milliseconds>(patience.deadline - steady_clock::now());
    if (auto failure = pump(std::clamp(left, milliseconds{0}, kSlice))) return std::move(*failure);
  }
}

std::optional<RedisFailure> RedisConnection::pump(milliseconds at_most, int wake_fd) {
  if (failure_) return failure_;
  const std::size_t moved = send_some() + receive_some();
  if (moved == 0 && !failure_) {
    const auto events = static_cast<short>(has_unsent() ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 2> polled = {pollfd{fd_.get(), events, 0}, pollfd{wake_fd, POLLIN, 0}};
    ::poll(polled.data(), wake_fd >= 0 ? 2 : 1, static_cast<int>(at_most.count()));
    if (polled[0].revents != 0) {
      send_some();
      receive_some();
    }
  }
  // What came before the end of the stream is still to be read by next_reply().
  return taken_ < received_ ? std::nullopt : failure_;
}

std::size_t RedisConnection::send_some() {
  std::size_t moved = 0;
  while (has_unsent() && !failure_) {
    const auto n = ::send(fd_.get(), output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0) {
      if (!would_block(errno)) fail(std::system_category().message(errno));
      break;
    }
    sent_ += static_cast<std::size_t>(n);
    moved += static_cast<std::size_t>(n);
  }
  if (!has_unsent()) {
    output_.clear();
    sent_ = 0;
  } else if (sent_ > output_.size() / 2) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
  return moved;
}

std::size_t RedisConnection::receive_some() {
  assert(taken_ == received_);
  const auto n = ::recv(fd_.get(), input_.data(), input_.size(), 0);
  taken_ = 0;
  received_ = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (n == 0) fail("closed by Redis");
  if (n < 0 && !would_block(errno)) fail(std::system_category().message(errno));
  return received_;
}

std::optional<RedisReply> RedisConnection::next_reply() {
  const std::string_view rest(input_.data() + taken_, received_ - taken_);
  if (rest.starts_with(kOk) && reader_is_empty()) {
    taken_ += kOk.size();
    return RedisReply();
  }
  if (!rest.empty()) {
    redisReaderFeed(reader_.get(), rest.data(), rest.size());
    taken_ = received_;
  }
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    fail(std::string("bad reply: ") + reader_->errstr);
    return {};
  }
  if (reply == nullptr) return {};
  return RedisReply(static_cast<redisReply*>(reply));
}

// No part of a reply waits in hiredis's own buffer.
bool RedisConnection::reader_is_empty() const {
  return reader_->pos == reader_->len && reader_->ridx < 0;
}

void RedisConnection::fail(const std::string& why) {
  if (!failure_) failure_ = RedisFailure{RedisErrorKind::connection, "Redis at " + name_ + ": " + why};
}

}  // namespace sluice::sink

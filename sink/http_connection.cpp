#include "sink/http_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>

#include "sink/would_block.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;

// For a request, from its first byte to the last one of its answer; and for the first byte to come.
constexpr auto kMostForRequest = 60s;
constexpr auto kMostForGoodbye = 2s;

HttpResponse respond(const HttpHead& head, const HttpConnection::Answer& answer) {
  if (head.state == HttpHead::State::malformed) return {.status = 400, .body = "no request of HTTP/1\n"};
  if (head.method != "GET" && head.method != "HEAD") return {.status = 405, .body = "only GET is served\n"};
  try {
    return answer(head.path);
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

}  // namespace

short HttpConnection::events() const {
  if (leaving_) return POLLIN;
  if (!out_.empty()) return POLLOUT;
  return peer_done_ ? short{0} : short{POLLIN};
}

bool HttpConnection::over(Clock::time_point now) const {
  if (broken_ || now - since_ >= (leaving_ ? Clock::duration(kMostForGoodbye) : kMostForRequest)) return true;
  return peer_done_ && (leaving_ || (out_.empty() && !work_));
}

void HttpConnection::serve(bool ready, const Answer& answer, Clock::time_point now) {
  if (ready && (leaving_ || out_.empty())) read(now);
  if (!leaving_ && out_.empty()) answer_next(answer);
  if (!out_.empty()) write(now);
}

void HttpConnection::read(Clock::time_point now) {
  std::array<char, HttpHead::kMaxBytes> buffer;
  const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size() - (leaving_ ? 0 : in_.size()), 0);
  if (got > 0) {
    if (leaving_) return;
    if (in_.empty()) since_ = now;
    in_.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0) {
    peer_done_ = true;
  } else if (!would_block(errno)) {
    broken_ = true;
  }
}

void HttpConnection::answer_next(const Answer& answer) {
  work_ = false;
  const HttpHead head = parse_http_head(in_);
  if (head.state == HttpHead::State::incomplete) return;
  keep_alive_ = head.state == HttpHead::State::whole && head.keep_alive;
  out_ = to_bytes(respond(head, answer), keep_alive_, head.method == "HEAD");
  sent_ = 0;
  in_.erase(0, keep_alive_ ? head.size : in_.size());
}

void HttpConnection::write(Clock::time_point now) {
  const ssize_t put = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
  if (put < 0) {
    broken_ = !would_block(errno);
    return;
  }
  sent_ += static_cast<std::size_t>(put);
  if (sent_ < out_.size()) return;
  out_.clear();
  since_ = now;
  work_ = !in_.empty();
  if (!keep_alive_) {
    leaving_ = true;
    ::shutdown(fd_.get(), SHUT_WR);
  }
}

}  // namespace sluice::sink

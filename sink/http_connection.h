#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sink/http_message.h"
#include "sink/unique_fd.h"

namespace sluice::sink {

// One client of an HttpServer, on a socket that does not block. It holds at most a request's head and one
// response, and answers requests one after the other. Not thread-safe.
class HttpConnection {
 public:
  using Clock = std::chrono::steady_clock;
  // Answers to a path; called for GET and HEAD.
  using Answer = std::function<HttpResponse(std::string_view path)>;

  HttpConnection(UniqueFd fd, Clock::time_point now) : fd_(std::move(fd)), since_(now) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  // What poll() is to wait for.
  [[nodiscard]] short events() const;
  // A request was read and waits: serve() has work before poll() says so.
  [[nodiscard]] bool has_work() const { return work_; }
  // Since when the client has been silent, or has taken to send a request or to read its answer.
  [[nodiscard]] Clock::time_point since() const { return since_; }
  // It has said goodbye, or takes too long: to be closed.
  [[nodiscard]] bool over(Clock::time_point now) const;

  // Reads, answers and writes what can be without waiting, at most one request. `ready`: poll() said so.
  void serve(bool ready, const Answer& answer, Clock::time_point now);

 private:
  void read(Clock::time_point now);
  void answer_next(const Answer& answer);
  void write(Clock::time_point now);

  UniqueFd fd_;
  Clock::time_point since_;
  std::string in_;
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  bool keep_alive_ = true;
  bool work_ = false;
  bool peer_done_ = false;  // it sends no more
  bool leaving_ = false;    // our last byte is sent; a close before the peer's would cut that off
  bool broken_ = false;
};

}  // namespace sluice::sink

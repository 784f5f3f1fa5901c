#include "cli/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t kMostBytesWaiting = std::size_t{1} << 20;
constexpr std::chrono::seconds kAtTheEnd{1};

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {  // somebody made it non-blocking
      pollfd polled{fd, POLLOUT, 0};
      ::poll(&polled, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody will ever read it
    }
  }
}

}  // namespace

struct LineWriter::State {
  explicit State(int file) : fd(file) {}
  void run();

  const int fd;
  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;
  std::uint64_t lost = 0;
  bool writing = false;
  bool stopping = false;
};

void LineWriter::State::run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (waiting.empty()) return;
    const std::string text = std::exchange(waiting, {});
    writing = true;
    lock.unlock();
    write_all(fd, text);
    lock.lock();
    writing = false;
    if (lost > 0)
      waiting += std::to_string(std::exchange(lost, 0)) + " lines were lost here, for nobody read them\n";
    changed.notify_all();
  }
}

LineWriter::LineWriter(int fd) : state_(std::make_shared<State>(fd)) {
  // Signals are for those who wait for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([state = state_] { state->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineWriter::~LineWriter() {
  const bool done = flush(kAtTheEnd);
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  if (done) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LineWriter::write(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->waiting.size() + line.size() > kMostBytesWaiting) {
    ++state_->lost;
    return;
  }
  state_->waiting += line;
  state_->changed.notify_all();
}

bool LineWriter::flush(std::chrono::milliseconds at_most) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, at_most,
                                  [this] { return state_->waiting.empty() && !state_->writing; });
}

}  // namespace sluice::cli

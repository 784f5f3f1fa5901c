#include "cli/stop_signals.h"

#include <unistd.h>

#include <ctime>

#include "cli/exit_codes.h"

namespace sluice::cli {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  waiter_ = std::jthread([this](const std::stop_token& over) { wait(over); });
}

StopSignals::~StopSignals() {
  waiter_.request_stop();
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::wait(const std::stop_token& over) {
  constexpr timespec kLookAgain{.tv_sec = 0, .tv_nsec = 50'000'000};
  while (!over.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &kLookAgain) < 0) continue;
    if (source_.stop_requested()) _exit(kForced);
    source_.request_stop();
  }
}

}  // namespace sluice::cli

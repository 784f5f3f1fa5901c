#include "cli/stop_signals.h"

#include <unistd.h>

#include <ctime>

#include "cli/exit_codes.h"

namespace sluice::cli {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  // What else comes from outside and would end the process; not if it was started to ignore it, as by nohup.
  for (const int signal : {SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU}) {
    struct sigaction present {};
    sigaction(signal, nullptr, &present);
    if (present.sa_handler != SIG_IGN) sigaddset(&signals_, signal);
  }
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
  bool insisted = false;
  while (!over.stop_requested()) {
    const int signal = sigtimedwait(&signals_, nullptr, &kLookAgain);
    if (signal < 0) continue;
    const bool insists = signal == SIGINT || signal == SIGTERM || signal == SIGQUIT;
    if (insisted && insists) _exit(kForced);
    insisted = insisted || insists;
    source_.request_stop();
  }
}

}  // namespace sluice::cli

#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace sluice::cli {

// Turns SIGINT, SIGTERM, SIGHUP, SIGQUIT and what else would end the process from outside into a request to
// stop. To be made before any other thread, because those inherit that the signals are blocked. A second
// SIGINT, SIGTERM or SIGQUIT ends the process at once, with kForced; others may come twice for one reason (a
// terminal that closes, a SIGHUP behind a SIGTERM).
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait(const std::stop_token& over);

  sigset_t signals_;
  sigset_t before_;
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace sluice::cli

#include "cli/stop_signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "cli/exit_codes.h"
#include "support/wait_until.h"

namespace sluice::cli {
namespace {

using test::wait_until;

TEST(StopSignals, each_signal_that_would_end_the_process_asks_for_a_stop) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU}) {
    const auto before = std::signal(signal, SIG_DFL);
    {
      const StopSignals signals;
      EXPECT_FALSE(signals.token().stop_requested());
      ::kill(::getpid(), signal);
      EXPECT_TRUE(wait_until([&] { return signals.token().stop_requested(); })) << signal;
    }
    std::signal(signal, before);
  }
}

TEST(StopSignals, a_hangup_after_the_first_signal_does_not_force_the_end) {
  const auto before = std::signal(SIGHUP, SIG_DFL);
  {
    const StopSignals signals;
    ::kill(::getpid(), SIGTERM);
    ASSERT_TRUE(wait_until([&] { return signals.token().stop_requested(); }));
    ::kill(::getpid(), SIGHUP);
    sigset_t pending;
    EXPECT_TRUE(wait_until([&] { return sigpending(&pending) == 0 && sigismember(&pending, SIGHUP) == 0; }));
  }
  std::signal(SIGHUP, before);
}

TEST(StopSignals, the_first_sigterm_after_a_hangup_does_not_force_the_end_and_the_second_does) {
  const auto before = std::signal(SIGHUP, SIG_DFL);
  const auto end_after_a_hangup_and = [](int terms) {
    {
      const StopSignals signals;
      ::kill(::getpid(), SIGHUP);
      if (!wait_until([&] { return signals.token().stop_requested(); })) _exit(1);
      for (int k = 0; k < terms; ++k) {
        ::kill(::getpid(), SIGTERM);
        sigset_t pending;
        if (!wait_until([&] { return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 0; }))
          _exit(1);
      }
    }
    _exit(0);
  };
  EXPECT_EXIT(end_after_a_hangup_and(1), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end_after_a_hangup_and(2), testing::ExitedWithCode(kForced), "");
  std::signal(SIGHUP, before);
}

// A job in the background of a script ignores SIGQUIT, too, so both are set here.
TEST(StopSignals, what_nohup_ignores_stays_ignored) {
  const auto hangup = std::signal(SIGHUP, SIG_IGN);
  const auto quit = std::signal(SIGQUIT, SIG_DFL);
  {
    const StopSignals signals;
    sigset_t blocked;
    ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
    EXPECT_EQ(sigismember(&blocked, SIGHUP), 0);
    EXPECT_EQ(sigismember(&blocked, SIGQUIT), 1);
  }
  std::signal(SIGHUP, hangup);
  std::signal(SIGQUIT, quit);
}

}  // namespace
}  // namespace sluice::cli

#include "cli/logging.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <future>
#include <string>

#include "cli/line_writer.h"

namespace sluice::cli {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

// A pipe that holds nothing more.
class FullPipe {
 public:
  FullPipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) ends_ = {-1, -1};
    const std::string filling(1000, 'x');
    while (::write(ends_[1], filling.data(), filling.size()) > 0) {
    }
    while (::write(ends_[1], "x", 1) > 0) {
    }
    ::fcntl(ends_[1], F_SETFL, 0);  // from here on writers wait
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  ~FullPipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  [[nodiscard]] int writer() const { return ends_[1]; }
  // All that comes until there is that text, or nothing for ten seconds.
  std::string read_until(const std::string& text) {
    constexpr int kSilenceMs = 10'000;
    std::string all;
    std::array<char, 65536> buffer{};
    pollfd polled{ends_[0], POLLIN, 0};
    while (all.find(text) == all.npos && ::poll(&polled, 1, kSilenceMs) > 0) {
      const ssize_t got = ::read(ends_[0], buffer.data(), buffer.size());
      if (got <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(Logging, whoever_logs_does_not_wait_for_a_stderr_that_nobody_reads) {
  FullPipe full;
  const int before = ::dup(STDERR_FILENO);
  ::dup2(full.writer(), STDERR_FILENO);
  log_to_stderr("info");
  auto logged = std::async(std::launch::async, [] {
    for (int i = 0; i < 100; ++i) spdlog::info("line {} of a user \x1b[31m", i);
  });
  const bool at_once = logged.wait_for(seconds{10}) == std::future_status::ready;
  const std::string read = full.read_until("line 99");
  logged.wait();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  log_to_stderr("info");
  EXPECT_TRUE(at_once);
  EXPECT_THAT(read, HasSubstr("info line 99 of a user \\u001b[31m")) << "all that there is room for";
}

TEST(LineWriter, says_how_many_lines_were_lost_and_goes_on) {
  FullPipe full;
  LineWriter writer(full.writer());
  constexpr int kLines = 3000;
  for (int i = 0; i < kLines; ++i) writer.write(std::string(1000, 'l') + "\n");
  EXPECT_FALSE(writer.flush(std::chrono::milliseconds{0}));
  EXPECT_THAT(full.read_until("were lost"), HasSubstr("lines were lost here"));
  writer.write("the next\n");
  EXPECT_THAT(full.read_until("the next\n"), HasSubstr("the next\n"));
}

TEST(LineWriter, its_end_is_not_kept_waiting) {
  FullPipe full;
  const auto start = std::chrono::steady_clock::now();
  { LineWriter(full.writer()).write("nobody reads this\n"); }
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds{20});
  (void)full.read_until("nobody reads this\n");
}

}  // namespace
}  // namespace sluice::cli

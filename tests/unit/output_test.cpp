#include "cli/output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>

#include "cli/exit_codes.h"

namespace sluice::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_for_writing(const char* path) {
  return {std::fopen(path, "w"), &std::fclose};
}

TEST(Output, keeps_the_code_of_a_command_whose_result_was_written) {
  const File file = open_for_writing("/dev/null");
  Output out(file.get());
  out.line("text");
  EXPECT_TRUE(out.wanted());
  EXPECT_EQ(out.finish(kDone), kDone);
  EXPECT_EQ(out.finish(kUnhealthy), kUnhealthy);
}

TEST(Output, shows_what_a_terminal_would_obey) {
  const File file{std::tmpfile(), &std::fclose};
  Output out(file.get());
  out.line("id \x1b[31m");
  out.text(R"({"id":"\u001b)"
           "\x7f\"}\n");
  EXPECT_EQ(out.finish(kDone), kDone);
  std::rewind(file.get());
  std::array<char, 100> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  EXPECT_EQ(std::string(text.data(), size), "id \\u001b[31m\n{\"id\":\"\\u001b\\u007f\"}\n");
}

TEST(Output, a_full_disk_is_an_error) {
  const File file = open_for_writing("/dev/full");
  Output out(file.get());
  out.line("text");
  EXPECT_EQ(out.finish(kDone), kEnvironment);
}

TEST(Output, a_reader_that_has_gone_away_is_none_and_stops_long_listings) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  const File file(::fdopen(ends[1], "w"), &std::fclose);
  Output out(file.get());
  std::size_t lines = 0;
  while (out.wanted() && lines < 1'000'000) {
    out.line("a line of a listing");
    ++lines;
  }
  EXPECT_LT(lines, 1'000'000u);
  EXPECT_EQ(out.finish(kDone), kDone);
}

}  // namespace
}  // namespace sluice::cli

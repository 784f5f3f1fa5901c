#pragma once

#include <cstdio>
#include <string_view>

namespace sluice::cli {

// A command's result on stdout. That its reader has gone away (`sluice ... | head`) is no error: what follows
// is dropped. Needs SIGPIPE ignored, which main() does.
class Output {
 public:
  explicit Output(std::FILE* file = stdout) : file_(file) {}

  void text(std::string_view text);
  void line(std::string_view text);
  // Shows what was written so far; finds out whether anybody still reads.
  void flush();

  // False once nothing can be written any more: long listings end early.
  [[nodiscard]] bool wanted() const { return error_ == 0; }

  // Flushes. The command's exit code: `code`, or kEnvironment if the result could not be written (a full
  // disk).
  [[nodiscard]] int finish(int code);

 private:
  void note_error();

  std::FILE* file_;
  int error_ = 0;  // errno of the first failed write
};

// True if the stream is a terminal, that is, if screens and colours make sense.
[[nodiscard]] bool is_terminal(std::FILE* file);

}  // namespace sluice::cli

#pragma once

#include <cstdio>
#include <string_view>

namespace sluice::cli {

// A command's result on stdout. What a terminal would obey is shown as without_controls() does. That its
// reader has gone away (`sluice ... | head`) is no error: what follows is dropped. Needs SIGPIPE ignored,
// which main() does.
class Output {
 public:
  explicit Output(std::FILE* file = stdout) : file_(file) {}

  void text(std::string_view text);
  void line(std::string_view text);
  // Of a terminal: what follows is written at its top.
  void clear_screen();
  // Shows what was written so far; finds out whether anybody still reads.
  void flush();

  // False once nothing can be written any more: long listings end early.
  [[nodiscard]] bool wanted() const { return error_ == 0; }

  // Flushes. The command's exit code: `code`, or kEnvironment if the result could not be written (a full
  // disk).
  [[nodiscard]] int finish(int code);

 private:
  void write(std::string_view bytes);
  void note_error();

  std::FILE* file_;
  int error_ = 0;  // errno of the first failed write
};

// "sluice: " and the text as a line on stderr, without controls.
void complain(std::string_view text);

// True if the stream is a terminal, that is, if screens and colours make sense.
[[nodiscard]] bool is_terminal(std::FILE* file);

}  // namespace sluice::cli

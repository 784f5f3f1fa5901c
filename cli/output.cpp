#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"

namespace sluice::cli {

void Output::text(std::string_view text) {
  if (!wanted()) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) note_error();
}

void Output::line(std::string_view text) {
  this->text(text);
  this->text("\n");
}

void Output::flush() {
  errno = 0;
  if (wanted() && std::fflush(file_) != 0) note_error();
}

int Output::finish(int code) {
  flush();
  if (error_ == 0 || error_ == EPIPE) return code;
  std::fprintf(stderr, "sluice: the result could not be written: %s\n", std::strerror(error_));
  return kEnvironment;
}

void Output::note_error() {
  error_ = errno != 0 ? errno : EIO;
}

bool is_terminal(std::FILE* file) {
  return ::isatty(::fileno(file)) == 1;
}

}  // namespace sluice::cli

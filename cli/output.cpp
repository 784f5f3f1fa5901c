#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/text.h"

namespace sluice::cli {

void Output::text(std::string_view text) {
  if (wanted()) write(without_controls(text));
}

void Output::clear_screen() {
  if (wanted()) write("\033[H\033[J");
}

void Output::write(std::string_view bytes) {
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) note_error();
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

void complain(std::string_view text) {
  std::fprintf(stderr, "sluice: %s\n", without_controls(text).c_str());
}

bool is_terminal(std::FILE* file) {
  return ::isatty(::fileno(file)) == 1;
}

}  // namespace sluice::cli

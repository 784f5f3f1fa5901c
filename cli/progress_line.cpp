#include "cli/progress_line.h"

#include "cli/output.h"

namespace sluice::cli {

ProgressLine::ProgressLine(std::FILE* file) : file_(file), terminal_(is_terminal(file)) {}

ProgressLine::~ProgressLine() {
  if (open_) std::fputs("\n", file_);
}

std::chrono::milliseconds ProgressLine::interval() const {
  using namespace std::chrono_literals;
  return terminal_ ? 250ms : 5000ms;
}

void ProgressLine::show(std::string_view text) {
  const char* format = terminal_ ? "\r\033[K%.*s" : "%.*s\n";
  std::fprintf(file_, format, static_cast<int>(text.size()), text.data());
  std::fflush(file_);
  open_ = terminal_;
}

}  // namespace sluice::cli

#pragma once

#include <chrono>
#include <cstdio>
#include <string_view>

namespace sluice::cli {

// How far a long command has come, on stderr: one line that is written over if that is a terminal, else plain
// lines, much fewer. Not thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* file = stderr);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();  // ends the line

  // Time between two show() that is worth having.
  [[nodiscard]] std::chrono::milliseconds interval() const;
  void show(std::string_view text);

 private:
  std::FILE* file_;
  bool terminal_;
  bool open_ = false;
};

}  // namespace sluice::cli

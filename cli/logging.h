#pragma once

#include <string>

namespace sluice::cli {

// Sends all log lines to stderr: UTC time, level, text without control characters; in colour if that is a
// terminal. `level` is one of log_level's choices. Who logs never waits for whoever reads stderr: see
// LineWriter.
void log_to_stderr(const std::string& level);

}  // namespace sluice::cli

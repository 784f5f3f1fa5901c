#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace sluice::test {

// The program under test: SLUICE_BINARY of the environment (the one of a sanitizer's build), else this
// build's.
[[nodiscard]] std::string sluice_binary();

struct ProgramResult {
  int exit_code = -1;  // 128 + signal if it died of one; -1 if it had to be killed at the deadline
  std::string out;
  std::string err;
};

// Runs a program to its end with these additional variables and collects what it prints. It is killed at the
// deadline (kPatience times as long).
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& command,
                                        const std::map<std::string, std::string>& variables = {},
                                        std::chrono::milliseconds at_most = std::chrono::seconds{60});

}  // namespace sluice::test

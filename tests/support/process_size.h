#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

namespace sluice::test {

struct ProcessSize {
  std::size_t resident_kib = 0;
  std::size_t descriptors = 0;
};

// What the kernel says of a process of ours.
[[nodiscard]] inline ProcessSize size_of(pid_t pid) {
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  ProcessSize size;
  std::size_t pages = 0;
  std::ifstream(process / "statm") >> pages >> pages;
  size.resident_kib = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(process / "fd")) {
    ++size.descriptors;
  }
  return size;
}

// What it has used of all cores so far.
[[nodiscard]] inline double cpu_seconds_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  constexpr int kUserTime = 14;  // and after it the system's; the program's name has no spaces
  for (int field = 1; field <= kUserTime + 1 && stat >> word; ++field) {
    if (field >= kUserTime) ticks += std::stod(word);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace sluice::test

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

}  // namespace sluice::test

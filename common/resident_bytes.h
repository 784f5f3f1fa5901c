#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace sluice {

// What the kernel says this process holds in memory (RSS); 0 where it does not tell.
[[nodiscard]] inline std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace sluice

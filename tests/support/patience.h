#pragma once

#include <cstddef>
#include <cstdlib>

namespace sluice::test {

// How much longer things may take here: by this the tests multiply every deadline. A test that runs the
// program of a sanitizer's build is told so by SLUICE_PATIENCE, see tests/CMakeLists.txt.
inline const int kPatience = [] {
  const char* const told = std::getenv("SLUICE_PATIENCE");
  if (told != nullptr) return std::atoi(told);
#if defined(__SANITIZE_THREAD__)
  return 6;
#elif defined(__SANITIZE_ADDRESS__)
  return 3;
#else
  return 1;
#endif
}();

// Events for a load that takes about as long here as so many take without a sanitizer.
[[nodiscard]] inline std::size_t load_of(std::size_t events) {
  return events / static_cast<std::size_t>(kPatience);
}

}  // namespace sluice::test

#pragma once

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

}  // namespace sluice::test

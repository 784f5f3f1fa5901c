#pragma once

namespace sluice::test {

// How much longer things may take in this build: by this the tests multiply every deadline.
#if defined(__SANITIZE_THREAD__)
inline constexpr int kPatience = 6;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int kPatience = 3;
#else
inline constexpr int kPatience = 1;
#endif

}  // namespace sluice::test

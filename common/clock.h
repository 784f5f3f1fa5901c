#pragma once

#include <algorithm>
#include <chrono>

#include "common/types.h"

// The machine's clocks, where a moment is compared with what other processes say, or a deadline is kept.
namespace sluice {

// The wall clock, which may be set back.
[[nodiscard]] inline Timestamp wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// At least 0.
[[nodiscard]] inline std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(left));
}

}  // namespace sluice

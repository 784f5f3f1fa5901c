#pragma once

#include <chrono>
#include <thread>

#include "support/patience.h"

namespace sluice::test {

// Whether the condition came true before the deadline (kPatience times as long).
template <typename Condition>
[[nodiscard]] bool wait_until(Condition condition,
                              std::chrono::milliseconds at_most = std::chrono::seconds{20}) {
  const auto deadline = std::chrono::steady_clock::now() + at_most * kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace sluice::test

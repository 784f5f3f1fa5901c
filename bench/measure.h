#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

// Clocks and medians.
namespace sluice::bench {

// CPU seconds of this thread: for stages of one core, so that other work on the machine counts less.
[[nodiscard]] inline double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

[[nodiscard]] inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[nodiscard]] inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Operations for each CPU second of this thread; `work()` does `count` of them.
template <typename Work>
[[nodiscard]] double rate_on_one_core(std::size_t count, Work work) {
  const double start = thread_seconds();
  work();
  return static_cast<double>(count) / std::max(1e-9, thread_seconds() - start);
}

// Medians of rates measured in turns, so that a disturbance meets both.
struct Beside {
  double ours;
  double limit;
};
template <typename Ours, typename Limit>
[[nodiscard]] Beside measure_beside(int rounds, Ours ours, Limit limit) {
  std::vector<double> of_ours;
  std::vector<double> of_limit;
  for (int round = 0; round < rounds; ++round) {
    of_ours.push_back(ours());
    of_limit.push_back(limit());
  }
  return {median(of_ours), median(of_limit)};
}

// Makes the compiler believe that the value is used.
template <typename T>
inline void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace sluice::bench

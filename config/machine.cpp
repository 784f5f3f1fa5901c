#include "config/machine.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>

#include "config/control_groups.h"

namespace sluice::config {
namespace {

std::uint32_t allowed_cpus() {
  // The set must be as large as the kernel's, which no call tells.
  for (std::size_t cpus = 1'024; cpus <= 65'536; cpus *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(cpus),
                                                               [](cpu_set_t* made) { CPU_FREE(made); });
    const std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    if (set == nullptr) break;
    CPU_ZERO_S(bytes, set.get());
    if (::sched_getaffinity(0, bytes, set.get()) == 0)
      return static_cast<std::uint32_t>(std::max(1, CPU_COUNT_S(bytes, set.get())));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Machine this_machine() {
  return this_machine(ControlGroups());
}

Machine this_machine(const ControlGroups& groups) {
  Machine machine{allowed_cpus(), groups.memory_bytes()};
  if (const auto cpus = groups.cpus()) {
    const double whole = std::clamp(std::floor(*cpus), 1.0, static_cast<double>(machine.cpus));
    machine.cpus = static_cast<std::uint32_t>(whole);
  }
  return machine;
}

}  // namespace sluice::config

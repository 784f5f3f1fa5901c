#pragma once

#include <cstdint>
#include <optional>

namespace sluice::config {

class ControlGroups;

// What a process can count on.
struct Machine {
  std::uint32_t cpus = 1;                     // at least one
  std::optional<std::uint64_t> memory_bytes;  // by its control groups; nothing: no limit
};
// CPUs are those that the calling thread may run on, at most as many whole ones as the control groups give.
[[nodiscard]] Machine this_machine();
[[nodiscard]] Machine this_machine(const ControlGroups& groups);

}  // namespace sluice::config

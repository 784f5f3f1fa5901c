#pragma once

#include <cstdint>

namespace sluice::bench {

// Allocations of this thread since it began, by operator new: this whole program's is replaced by one that
// counts. C libraries' malloc is not among them.
[[nodiscard]] std::uint64_t allocations();

}  // namespace sluice::bench

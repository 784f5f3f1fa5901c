#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/prequential.h"
#include "config/options.h"

namespace sluice::cli {

// What of a file an evaluation sees.
struct StreamSelection {
  std::string events;              // path
  std::vector<std::string> types;  // empty: all
  std::uint64_t limit = 0;         // 0: all
};

// The selected events with their weights, and all control events, which have neither type nor weight. On a
// read error, or events that are not in time order, says so on stderr and returns nothing.
[[nodiscard]] std::optional<std::vector<Prequential::Event>> read_stream(const StreamSelection& selection,
                                                                         const config::Options& options);

}  // namespace sluice::cli

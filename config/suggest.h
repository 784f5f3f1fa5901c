#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::config {

// The known name that `name` is most likely a misspelling of: fewest edits, at most a third of its length
// (and at least 2 are allowed). Nothing if none is that near.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      std::span<const std::string> known);

}  // namespace sluice::config

#pragma once

#include <string>

#include "cli/prequential.h"
#include "common/json.h"

namespace sluice::cli {

// The object that `evaluate --json` writes; its names are documented in docs/quality.md.
[[nodiscard]] nlohmann::ordered_json evaluation_json(const PrequentialFigures& figures, double seconds);
// The same as a table for people.
[[nodiscard]] std::string evaluation_table(const PrequentialFigures& figures, double seconds);

}  // namespace sluice::cli

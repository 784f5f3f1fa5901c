#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace sluice::cli {

// What the folders that know better say about options that config/ only carries.
[[nodiscard]] std::vector<config::Check> config_checks(config::Purpose purpose);

// What is allowed and works less well than it seems.
[[nodiscard]] std::vector<std::string> config_warnings(const config::Options& options);

}  // namespace sluice::cli

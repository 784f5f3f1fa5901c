#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"

namespace sluice::cli {

// --config FILE and --set PATH=VALUE, which every command that takes a configuration has.
struct ConfigArguments {
  std::string file;                    // empty: defaults, environment and overrides alone
  std::vector<std::string> overrides;  // "path=value"
};

enum class ConfigFile { required, optional };

void add_config_arguments(CLI::App& command, ConfigArguments& arguments, ConfigFile file);
// --set alone, for commands that take the file as an argument.
void add_set_argument(CLI::App& command, ConfigArguments& arguments);

// Loads file, environment and overrides. On any problem lists them all on stderr and returns nothing: the
// command then ends with kBadUsage. Notes go to stderr too.
[[nodiscard]] std::optional<config::Options> load_configuration(const ConfigArguments& arguments,
                                                                config::Purpose purpose);

}  // namespace sluice::cli

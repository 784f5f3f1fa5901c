#include "cli/config_arguments.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "cli/config_checks.h"
#include "cli/output.h"
#include "cli/text.h"

namespace sluice::cli {

void add_set_argument(CLI::App& command, ConfigArguments& arguments) {
  command
      .add_option("--set", arguments.overrides, "Set one option, may be repeated: --set publish.linger=100ms")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_config_arguments(CLI::App& command, ConfigArguments& arguments, ConfigFile file) {
  command.add_option("-c,--config", arguments.file, "Configuration file (JSON with comments)")
      ->type_name("FILE")
      ->required(file == ConfigFile::required);
  add_set_argument(command, arguments);
}

std::optional<config::Options> load_configuration(const ConfigArguments& arguments, config::Purpose purpose) {
  config::Sources sources;
  sources.environment = config::environment_variables();
  sources.overrides = arguments.overrides;
  const config::Loaded loaded =
      arguments.file.empty()
          ? config::load(sources, purpose, config_checks(purpose))
          : config::load_file(arguments.file, std::move(sources), purpose, config_checks(purpose));
  if (!loaded.ok()) {
    const auto count = loaded.problems.size();
    std::fprintf(stderr, "sluice: %zu problem%s in the configuration:\n", count, count == 1 ? "" : "s");
    for (const auto& problem : loaded.problems)
      std::fprintf(stderr, "  %s\n", without_controls(to_string(problem)).c_str());
    return std::nullopt;
  }
  auto notes = loaded.notes;
  std::ranges::move(config_warnings(loaded.options), std::back_inserter(notes));
  for (const auto& note : notes) complain("note: " + note);
  return loaded.options;
}

}  // namespace sluice::cli

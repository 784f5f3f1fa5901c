#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "config/memory_plan.h"
#include "config/print.h"

namespace sluice::cli {
namespace {

struct CheckArguments {
  ConfigArguments config;
  bool print = false;
  bool print_default = false;
};

int check_config_command(const CheckArguments& arguments) {
  Output out;
  if (arguments.print_default) {
    out.text(config::default_file());
    return out.finish(kDone);
  }
  const auto options = load_configuration(arguments.config, config::Purpose::service);
  if (!options) return kBadUsage;
  const config::Fitted fitted = config::fit_to_machine(*options);
  for (const std::string& line : fitted.warnings) std::fprintf(stderr, "sluice: note: %s\n", line.c_str());
  for (const std::string& line : fitted.notes) {
    if (arguments.print) std::fprintf(stderr, "sluice: note: %s\n", line.c_str());
  }
  out.line(arguments.print ? config::dump(fitted.options) : arguments.config.file + ": no problem found");
  return out.finish(kDone);
}

}  // namespace

void add_check_config(CLI::App& program, int& exit_code) {
  auto* command =
      program.add_subcommand("check-config", "Check a configuration without connecting to anything");
  const auto arguments = std::make_shared<CheckArguments>();
  auto* file = command->add_option("FILE", arguments->config.file, "Configuration file (JSON with comments)");
  add_set_argument(*command, arguments->config);
  command->add_flag("--print", arguments->print, "Print every option as it would be used, secrets masked");
  auto* print_default = command->add_flag("--print-default", arguments->print_default,
                                          "Print a file with every option and its default");
  print_default->excludes(file);
  command->footer(
      "All problems are listed at once, on stderr; exit code 2 if there is one.\n"
      "Examples:\n"
      "  sluice check-config sluice.json\n"
      "  sluice check-config sluice.json --set redis.url=redis://cache:6379/1 --print\n"
      "  sluice check-config --print-default > sluice.json");
  command->callback([=, &exit_code] {
    if (!arguments->print_default && arguments->config.file.empty()) throw CLI::RequiredError("FILE");
    exit_code = check_config_command(*arguments);
  });
}

}  // namespace sluice::cli

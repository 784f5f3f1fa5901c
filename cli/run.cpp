#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <stop_token>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/exit_codes.h"
#include "cli/logging.h"
#include "cli/stop_signals.h"
#include "config/memory_plan.h"
#include "pipeline/service.h"

namespace sluice::cli {
namespace {

constexpr const char* kRunExamples =
    "Examples:\n"
    "  sluice run --config sluice.json\n"
    "  sluice run --config sluice.json --set instance=b --set shards=4\n"
    "\n"
    "SIGTERM, SIGINT, SIGHUP or SIGQUIT: learns what it holds, publishes, takes a snapshot, commits and\n"
    "ends, within limits.shutdown. A second SIGTERM, SIGINT or SIGQUIT ends it at once.";

int exit_code_of(const pipeline::StopCause& cause) {
  using Kind = pipeline::StopCause::Kind;
  switch (cause.kind) {
    case Kind::requested:
      return kDone;
    case Kind::refused:
      return kRefused;
    case Kind::nearly_all_bad:
      return kNearlyAllBad;
    case Kind::environment:
      return kEnvironment;
    case Kind::not_in_time:
      return kNotInTime;
    case Kind::internal:
      return kInternal;
  }
  return kInternal;
}

// Whatever the process hangs on, it ends then.
void end_at_latest_in(std::chrono::milliseconds time) {
  std::signal(SIGALRM, [](int) { _exit(kNotInTime); });
  alarm(static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(time).count()));
}

int run_service(const ConfigArguments& arguments) {
  const auto loaded = load_configuration(arguments, config::Purpose::service);
  if (!loaded) return kBadUsage;
  const config::Fitted fitted = config::fit_to_machine(*loaded);
  const config::Options* const options = &fitted.options;
  log_to_stderr(options->log_level);
  spdlog::info("sluice {} starts as instance {}", SLUICE_VERSION, options->instance);
  for (const std::string& note : fitted.notes) spdlog::info("{}", note);
  for (const std::string& warning : fitted.warnings) spdlog::warn("{}", warning);
  const StopSignals signals;
  pipeline::Service service(*options, SLUICE_VERSION);
  const std::stop_callback stop(signals.token(), [&] {
    constexpr std::chrono::seconds kGrace{1};
    end_at_latest_in(options->limits.shutdown + kGrace);
    service.request_stop();
  });
  const pipeline::StopCause cause = service.run();
  if (cause.kind == pipeline::StopCause::Kind::requested) {
    spdlog::info("stopped in good order");
  } else {
    spdlog::error("stopped: {}", cause.text);
  }
  return exit_code_of(cause);
}

}  // namespace

void add_run(CLI::App& program, int& exit_code) {
  CLI::App* const command = program.add_subcommand("run", "Run the service: events in, fresh lists out");
  command->footer(kRunExamples);
  const auto arguments = std::make_shared<ConfigArguments>();
  add_config_arguments(*command, *arguments, ConfigFile::required);
  command->callback([arguments, &exit_code] { exit_code = run_service(*arguments); });
}

}  // namespace sluice::cli

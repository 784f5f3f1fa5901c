#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/status_view.h"
#include "cli/stop_signals.h"
#include "sink/reader.h"

namespace sluice::cli {
namespace {

struct StatusArguments {
  ConfigArguments config;
  bool watch = false;
  bool check = false;
  bool json = false;
  bool own = false;
  std::uint64_t max_lag = 0;
};

std::int64_t now_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// A new connection each time: what matters is what a fresh client would see.
sink::Result<InstanceStatuses, sink::RedisFailure> read_statuses(const config::RedisOptions& redis) {
  auto reader = sink::Reader::connect(redis);
  if (!reader) return reader.error();
  return reader.value().statuses();
}

HealthRules rules_of(const StatusArguments& arguments, const config::Options& options) {
  constexpr int kMissedSnapshots = 3;
  return {.max_snapshot_age = options.snapshot.interval * kMissedSnapshots,
          .max_lag = arguments.max_lag,
          .only = arguments.own ? options.instance : ""};
}

std::string verdict(const std::vector<std::string>& problems) {
  std::string text = problems.empty() ? "healthy" : "unhealthy";
  for (std::size_t i = 0; i < problems.size(); ++i) text += (i == 0 ? ": " : "; ") + problems[i];
  return text + "\n";
}

// With --check Redis's absence is a reason like others; else it is an error.
int show_once(const StatusArguments& arguments, const config::Options& options) {
  const auto statuses = read_statuses(options.redis);
  if (!statuses && !arguments.check) {
    std::fprintf(stderr, "sluice: %s\n", statuses.error().text.c_str());
    return kEnvironment;
  }
  const auto problems = statuses ? find_problems(statuses.value(), rules_of(arguments, options))
                                 : std::vector<std::string>{"Redis cannot be read: " + statuses.error().text};
  const InstanceStatuses shown = statuses ? statuses.value() : InstanceStatuses{};
  Output out;
  if (arguments.json) {
    out.text(status_json(shown, problems));
  } else {
    out.text(arguments.check ? verdict(problems) : status_text(shown, now_unix_ms()));
  }
  return out.finish(arguments.check && !problems.empty() ? kUnhealthy : kDone);
}

// Until a signal comes or nobody reads any more. A terminal's screen is written over.
int watch(const StatusArguments& arguments, const config::Options& options) {
  const StopSignals signals;
  std::mutex mutex;
  std::condition_variable_any never;
  const bool screen = is_terminal(stdout);
  Output out;
  while (!signals.token().stop_requested() && out.wanted()) {
    const auto statuses = read_statuses(options.redis);
    if (screen) out.text("\033[H\033[J");
    if (!statuses) {
      out.line("Redis cannot be read: " + statuses.error().text);
    } else {
      out.text(arguments.json ? status_json(statuses.value(),
                                            find_problems(statuses.value(), rules_of(arguments, options)))
                              : status_text(statuses.value(), now_unix_ms()));
    }
    out.flush();
    std::unique_lock lock(mutex);
    never.wait_for(lock, signals.token(), std::chrono::seconds{1}, [] { return false; });
  }
  return out.finish(kDone);
}

int status_command(const StatusArguments& arguments) {
  const auto options = load_configuration(arguments.config, config::Purpose::offline);
  if (!options) return kBadUsage;
  return arguments.watch ? watch(arguments, *options) : show_once(arguments, *options);
}

}  // namespace

void add_status(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("status", "Show the service's health as it lies in Redis");
  const auto arguments = std::make_shared<StatusArguments>();
  auto* check =
      command->add_flag("--check", arguments->check, "Say whether all is well, or why not: exit code 0 or 1");
  command->add_flag("-w,--watch", arguments->watch, "Again every second, until interrupted")->excludes(check);
  command->add_flag("--json", arguments->json, "Print one JSON object, fields by their names in Redis");
  command->add_flag("--own", arguments->own, "Judge only the instance that the configuration names")
      ->needs(check);
  command
      ->add_option("--max-lag", arguments->max_lag,
                   "More events to be applied in a partition is bad; 0: any number")
      ->needs(check);
  add_config_arguments(*command, arguments->config, ConfigFile::optional);
  command->footer(
      "--check fails when there is no instance, when one shows no sign of life or is not running, when "
      "three\n"
      "snapshots in a row are missing, and when Redis cannot be read.\n"
      "Examples:\n"
      "  sluice status --config sluice.json --watch\n"
      "  sluice status --config sluice.json --check --max-lag 100000\n"
      "  sluice status --config sluice.json --json | jq .instances");
  command->callback([=, &exit_code] { exit_code = status_command(*arguments); });
}

}  // namespace sluice::cli

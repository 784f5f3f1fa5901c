#include <algorithm>
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
#include "common/clock.h"
#include "sink/http_get.h"
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

constexpr int kHttpOk = 200;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// As the process itself says, over its loopback HTTP: neither Redis nor another instance has a part in it.
std::vector<std::string> ask_own_process(const config::Options& options, InstanceStatuses& statuses) {
  constexpr std::chrono::seconds kPatience{2};
  const auto ask = [&](const char* path) { return sink::http_get(options.http.listen, path, kPatience); };
  const auto alive = ask("/healthz");
  if (!alive) return {"instance " + options.instance + " does not answer at " + alive.error()};
  if (alive.value().status != kHttpOk)
    return {"instance " + options.instance + ": " + first_line(alive.value().body)};
  const auto status = ask("/status");
  if (!status) return {"instance " + options.instance + " does not answer at " + status.error()};
  auto fields = parse_status(status.value().body);
  if (!fields) return {"what answers at http.listen is not sluice"};
  const std::string instance = (*fields)["instance"];
  if (instance != options.instance) return {"what answers at http.listen is instance " + instance};
  statuses[instance] = std::move(*fields);
  return {};
}

HealthRules rules_of(const StatusArguments& arguments, const config::Options& options) {
  constexpr int kMissedSnapshots = 3;
  return {.max_snapshot_age = options.snapshot.interval * kMissedSnapshots,
          .max_lag = arguments.max_lag,
          .only = arguments.own ? options.instance : "",
          .refused = {}};
}

struct Seen {
  InstanceStatuses statuses;
  std::vector<std::string> problems;
  std::string unreadable;  // Redis, and why
};

Seen look(const StatusArguments& arguments, const config::Options& options) {
  Seen seen;
  HealthRules rules = rules_of(arguments, options);
  if (arguments.own && !options.http.listen.empty()) {
    seen.problems = ask_own_process(options, seen.statuses);
    if (seen.problems.empty()) seen.problems = find_problems(seen.statuses, rules);
    return seen;
  }
  auto reader = sink::Reader::connect(options.redis);
  auto statuses = reader ? reader.value().statuses() : reader.error();
  if (!statuses) {
    seen.unreadable = statuses.error().text;
    seen.problems = {"Redis cannot be read: " + seen.unreadable};
    return seen;
  }
  seen.statuses = std::move(statuses.value());
  const bool all_live =
      std::ranges::none_of(seen.statuses, [](const auto& one) { return one.second.empty(); });
  if (arguments.check && (!all_live || seen.statuses.empty())) {
    if (const auto failure = reader.value().why_no_writes()) rules.refused = failure->text;
  }
  seen.problems = find_problems(seen.statuses, rules);
  return seen;
}

std::string verdict(const std::vector<std::string>& problems) {
  std::string text = problems.empty() ? "healthy" : "unhealthy";
  for (std::size_t i = 0; i < problems.size(); ++i) text += (i == 0 ? ": " : "; ") + problems[i];
  return text + "\n";
}

// With --check Redis's absence is a reason like others; else it is an error.
int show_once(const StatusArguments& arguments, const config::Options& options) {
  const Seen seen = look(arguments, options);
  if (!seen.unreadable.empty() && !arguments.check) {
    complain(seen.unreadable);
    return kEnvironment;
  }
  Output out;
  if (arguments.json) {
    out.text(status_json(seen.statuses, seen.problems));
  } else {
    out.text(arguments.check ? verdict(seen.problems) : status_text(seen.statuses, to_unix_ms(wall_now())));
  }
  return out.finish(arguments.check && !seen.problems.empty() ? kUnhealthy : kDone);
}

// Until a signal comes or nobody reads any more. A terminal's screen is written over.
int watch(const StatusArguments& arguments, const config::Options& options) {
  const StopSignals signals;
  std::mutex mutex;
  std::condition_variable_any never;
  const bool screen = is_terminal(stdout);
  Output out;
  while (!signals.token().stop_requested() && out.wanted()) {
    const Seen seen = look(arguments, options);
    if (screen) out.clear_screen();
    if (!seen.unreadable.empty()) {
      out.line("Redis cannot be read: " + seen.unreadable);
    } else {
      out.text(arguments.json ? status_json(seen.statuses, seen.problems)
                              : status_text(seen.statuses, to_unix_ms(wall_now())));
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
  command
      ->add_flag(
          "--own", arguments->own,
          "Judge only the instance that the configuration names: it is asked itself at http.listen, without "
          "Redis; where that is empty, by its status in Redis")
      ->needs(check);
  command
      ->add_option("--max-lag", arguments->max_lag,
                   "More events to be applied in a partition is bad; 0: any number")
      ->needs(check);
  add_config_arguments(*command, arguments->config, ConfigFile::optional);
  command->footer(
      "--check fails when there is no instance, when one is not running, has lost Kafka or Redis, or misses\n"
      "three snapshots in a row although there are new events; when partitions have no instance or no "
      "leader;\n"
      "and when Redis cannot be read or takes no writes. It says which.\n"
      "Examples:\n"
      "  sluice status --config sluice.json --watch\n"
      "  sluice status --config sluice.json --check --max-lag 100000\n"
      "  sluice status --config sluice.json --check --own     (of a container: does not ask Redis)\n"
      "  sluice status --config sluice.json --json | jq .instances");
  command->callback([=, &exit_code] { exit_code = status_command(*arguments); });
}

}  // namespace sluice::cli

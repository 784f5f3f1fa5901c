#include "ingest/replay.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/stop_signals.h"
#include "common/clock.h"
#include "ingest/event_file.h"
#include "ingest/kafka_properties.h"
#include "ingest/synthetic.h"

namespace sluice::cli {
namespace {

struct ReplayArguments {
  ConfigArguments config;
  std::string events;
  bool synthetic = false;
  std::uint64_t seed = 1;
  std::string brokers;
  std::string topic;
  double rate = 0;
  double speed = 0;
  std::uint64_t limit = 0;
};

// Where events come from: next() as replay() wants it, and what went wrong with it, if anything.
struct Source {
  std::function<std::optional<ingest::FileEvent>()> next;
  std::function<std::string()> error;
};

Source file_source(const ReplayArguments& arguments, const config::Options& options) {
  const auto file = std::make_shared<ingest::EventFile>(arguments.events, options.events);
  return {[file] { return file->next(); }, [file] { return file->error(); }};
}

// The stream's own time is the wall clock's, so that ages and trends mean what they say.
Source synthetic_source(const ReplayArguments& arguments) {
  ingest::SyntheticOptions options;
  options.seed = arguments.seed;
  if (arguments.rate > 0) options.events_per_second = arguments.rate;
  options.start = wall_now();
  const auto stream = std::make_shared<ingest::SyntheticStream>(options);
  return {[stream] { return std::optional(stream->next()); }, [] { return std::string(); }};
}

std::string progress_text(const ingest::ReplayProgress& progress) {
  const double seconds = std::max(1e-3, static_cast<double>(progress.elapsed.count()) / 1000);
  char text[160];
  std::snprintf(text, sizeof text, "%llu sent, %llu delivered, %.0f events/s, %.0f s",
                static_cast<unsigned long long>(progress.sent),
                static_cast<unsigned long long>(progress.delivered),
                static_cast<double>(progress.delivered) / seconds, seconds);
  return progress.trouble.empty() ? std::string(text) : std::string(text) + " (" + progress.trouble + ")";
}

int finish(const ingest::ReplayResult& result, const std::string& source_error) {
  Output out;
  out.line(std::to_string(result.progress.delivered) + " events delivered" +
           (result.progress.failed == 0 ? "" : ", " + std::to_string(result.progress.failed) + " failed") +
           (result.stopped ? ", stopped" : ""));
  if (!result.error.empty()) complain(result.error);
  if (!source_error.empty()) complain(source_error);
  return out.finish(!result.error.empty() ? kEnvironment : !source_error.empty() ? kNoData : kDone);
}

int replay_command(ReplayArguments arguments) {
  if (!arguments.brokers.empty()) arguments.config.overrides.push_back("kafka.brokers=" + arguments.brokers);
  if (!arguments.topic.empty()) arguments.config.overrides.push_back("kafka.topics=" + arguments.topic);
  const auto options = load_configuration(arguments.config, config::Purpose::producer);
  if (!options) return kBadUsage;
  if (options->kafka.brokers.empty() || options->kafka.topics.empty()) {
    std::fprintf(stderr, "sluice: replay needs --brokers and --topic, or a --config that names them\n");
    return kBadUsage;
  }
  if (!arguments.synthetic && !std::ifstream(arguments.events).is_open()) {
    std::fprintf(stderr, "sluice: %s cannot be read\n", arguments.events.c_str());
    return kEnvironment;
  }
  const StopSignals signals;
  const Source source = arguments.synthetic ? synthetic_source(arguments) : file_source(arguments, *options);
  ingest::Producer producer({.properties = ingest::producer_properties(options->kafka)});
  ingest::ReplayResult result;
  {
    ProgressLine progress;
    ingest::ReplayHooks hooks;
    hooks.on_progress = [&](const ingest::ReplayProgress& now) { progress.show(progress_text(now)); };
    const ingest::ReplayOptions how = {.topic = options->kafka.topics.front(),
                                       .events_per_second = arguments.rate,
                                       .speed = arguments.speed,
                                       .max_events = arguments.limit,
                                       .progress_interval = progress.interval()};
    result = ingest::replay(source.next, producer, how, hooks, signals.token());
  }
  return finish(result, source.error());
}

}  // namespace

void add_replay(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("replay", "Send the events of a file, or made-up ones, to Kafka");
  const auto arguments = std::make_shared<ReplayArguments>();
  auto* source = command->add_option_group("source");
  source->add_option("-e,--events", arguments->events, "CSV or JSON lines, plain or gzip")->type_name("FILE");
  source->add_flag("--synthetic", arguments->synthetic, "An endless made-up stream of people and films");
  source->require_option(1);
  command->add_option("--seed", arguments->seed, "Of the made-up stream")->capture_default_str();
  command->add_option("-b,--brokers", arguments->brokers, "Brokers, instead of the configuration's");
  command->add_option("-t,--topic", arguments->topic, "Topic, instead of the configuration's first");
  command->add_option("-r,--rate", arguments->rate, "Events a second; 0: as fast as Kafka takes them")
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("--speed", arguments->speed, "Multiple of the events' own time; 0: not bound to it")
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("-n,--limit", arguments->limit, "Events to send; 0: all");
  add_config_arguments(*command, arguments->config, ConfigFile::optional);
  command->footer(
      "Records are keyed by user (hide_item and show_item by item) and partitioned as Java's producers do "
      "it; "
      "their\n"
      "time is the time of sending.\n"
      "TLS and SASL come from the configuration's kafka.properties.\n"
      "Examples:\n"
      "  sluice replay --events events.csv.gz --brokers 127.0.0.1:9092 --topic events --rate 5000\n"
      "  sluice replay --events events.csv.gz --config sluice.json --speed 3600\n"
      "  sluice replay --synthetic --brokers 127.0.0.1:9092 --topic events --rate 200");
  command->callback([=, &exit_code] { exit_code = replay_command(*arguments); });
}

}  // namespace sluice::cli

#include <chrono>
#include <memory>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/evaluation_arguments.h"
#include "cli/evaluation_report.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

namespace sluice::cli {
namespace {

struct EvaluateArguments {
  ConfigArguments config;
  EvaluationArguments evaluation;
  std::string json;
};

int evaluate_command(const EvaluateArguments& arguments) {
  const auto options = load_configuration(arguments.config, config::Purpose::offline);
  if (!options || !can_evaluate(arguments.evaluation, *options)) return kBadUsage;
  const auto events = read_stream(arguments.evaluation.stream, *options);
  if (!events) return kNoData;

  const auto began = std::chrono::steady_clock::now();
  Prequential prequential(evaluation_options(arguments.evaluation, *options));
  ProgressLine line;
  const PrequentialFigures figures = prequential.run(*events, show_progress(line, events->size(), ""));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

  Output out;
  out.text(evaluation_table(figures, seconds));
  const bool written =
      arguments.json.empty() || write_text(arguments.json, evaluation_json(figures, seconds).dump(2) + "\n");
  return out.finish(written ? kDone : kEnvironment);
}

}  // namespace

void add_evaluate(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand(
      "evaluate", "Test-then-learn evaluation of the service's model on a file, without Kafka and Redis");
  const auto arguments = std::make_shared<EvaluateArguments>();
  add_evaluation_arguments(*command, arguments->evaluation);
  add_config_arguments(*command, arguments->config, ConfigFile::optional);
  command->add_option("--json", arguments->json, "Write the figures here")->type_name("OUT");
  command->footer(
      "Each group of events of one user at one timestamp is scored before any of it is learned, against all "
      "items\n"
      "seen so far; figures are taken after the first tenth of the events.\n"
      "Examples:\n"
      "  sluice evaluate --events events.csv.gz\n"
      "  sluice evaluate --events events.csv.gz --types view --repeats exclude --json figures.json\n"
      "  sluice evaluate --events events.csv.gz --set model.ranker=pop_1d --score-every 10\n"
      "  sluice evaluate --events events.csv.gz --published --set publish.max_age=1h");
  command->callback([=, &exit_code] { exit_code = evaluate_command(*arguments); });
}

}  // namespace sluice::cli

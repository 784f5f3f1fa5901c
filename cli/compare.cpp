#include <cstdio>
#include <memory>
#include <unordered_map>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/evaluation_arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/paired_test.h"
#include "common/json.h"

namespace sluice::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> configs;
  std::vector<std::string> overrides;
  EvaluationArguments evaluation;
  std::string json;
};

// Which events were scored, and whether they were hits.
using Hits = std::unordered_map<std::uint64_t, bool>;

// Nothing, and then stderr says why, if it cannot be evaluated.
std::optional<config::Options> load_one(const CompareArguments& arguments, const std::string& file) {
  auto options =
      load_configuration({file == "default" ? "" : file, arguments.overrides}, config::Purpose::offline);
  if (!options || !can_evaluate(arguments.evaluation, *options)) return std::nullopt;
  return options;
}

std::optional<Hits> evaluate_one(const CompareArguments& arguments, const config::Options& options,
                                 const char* label) {
  const auto events = read_stream(arguments.evaluation.stream, options);
  if (!events) return std::nullopt;
  Hits hits;
  Prequential prequential(
      evaluation_options(arguments.evaluation, options),
      [&](std::uint64_t index, std::uint64_t rank) { hits[index] = rank >= 1 && rank <= 10; });
  ProgressLine line;
  (void)prequential.run(*events, show_progress(line, events->size(), label));
  return hits;
}

std::string result_text(const CompareArguments& arguments, const PairedCounts& counts,
                        const PairedResult& result) {
  char text[512];
  std::snprintf(text, sizeof text,
                "  A %-28s hit rate at 10 %.4f\n  B %-28s hit rate at 10 %.4f\n"
                "  A - B %+.4f (95 %%: %+.4f to %+.4f), McNemar p = %.3g\n"
                "  %llu events scored: only A hit %llu, only B hit %llu\n",
                arguments.configs[0].c_str(), result.a, arguments.configs[1].c_str(), result.b, result.diff,
                result.ci95_low, result.ci95_high, result.p, static_cast<unsigned long long>(counts.total()),
                static_cast<unsigned long long>(counts.only_a),
                static_cast<unsigned long long>(counts.only_b));
  return text;
}

int compare_command(const CompareArguments& arguments) {
  const auto options_a = load_one(arguments, arguments.configs[0]);
  const auto options_b = load_one(arguments, arguments.configs[1]);
  if (!options_a || !options_b) return kBadUsage;
  const auto a = evaluate_one(arguments, *options_a, "A ");
  const auto b = a ? evaluate_one(arguments, *options_b, "B ") : std::nullopt;
  if (!b) return kBadUsage;
  PairedCounts counts;
  for (const auto& [index, hit] : *a) {
    const auto other = b->find(index);
    if (other != b->end()) counts.add(hit, other->second);
  }
  const PairedResult result = mcnemar(counts);
  Output out;
  out.text(result_text(arguments, counts, result));
  const nlohmann::ordered_json json = {{"a", result.a},
                                       {"b", result.b},
                                       {"n10", counts.only_a},
                                       {"n01", counts.only_b},
                                       {"p", result.p},
                                       {"diff", result.diff},
                                       {"ci95", {result.ci95_low, result.ci95_high}}};
  const bool written = arguments.json.empty() || write_text(arguments.json, json.dump(2) + "\n");
  return out.finish(written ? kDone : kEnvironment);
}

}  // namespace

void add_compare(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("compare", "Two configurations on the same stream, event by event");
  const auto arguments = std::make_shared<CompareArguments>();
  add_evaluation_arguments(*command, arguments->evaluation);
  command->add_option("--config", arguments->configs, "Given twice: A and B; `default` is the built-in one")
      ->required()
      ->expected(1)
      ->take_all()
      ->type_name("FILE");
  command->add_option("--set", arguments->overrides, "Override an option in both: path=value")->take_all();
  command->add_option("--json", arguments->json, "Write {a, b, n10, n01, p, diff, ci95} here")
      ->type_name("OUT");
  command->footer(
      "Examples:\n"
      "  sluice compare --events events.csv.gz --config default --config "
      "config/baselines/popularity-1d.json\n"
      "  sluice compare --events events.csv.gz --types view --config a.json --config b.json --json "
      "result.json");
  command->callback([=, &exit_code] {
    if (arguments->configs.size() != 2) {
      std::fprintf(stderr, "sluice: compare needs --config twice: A and B\n");
      exit_code = kBadUsage;
      return;
    }
    exit_code = compare_command(*arguments);
  });
}

}  // namespace sluice::cli

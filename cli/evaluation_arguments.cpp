#include "cli/evaluation_arguments.h"

#include <chrono>
#include <cstdio>
#include <fstream>

#include "model/baselines/baseline.h"

namespace sluice::cli {

void add_evaluation_arguments(CLI::App& command, EvaluationArguments& arguments) {
  command
      .add_option("-e,--events", arguments.stream.events, "CSV or JSON lines in time order, plain or gzip")
      ->required()
      ->type_name("FILE");
  command.add_option("--types", arguments.stream.types, "Only events of these types")->delimiter(',');
  command.add_option("--repeats", arguments.repeats, "Whether items the user already had are ranked")
      ->check(CLI::IsMember({"include", "exclude"}));
  command.add_option("--shards", arguments.shards, "Shards to simulate")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_option("--seed", arguments.seed, "Of all random draws")->capture_default_str();
  command
      .add_option("--score-every", arguments.score_every,
                  "Score the events whose index is a multiple of this")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  auto* const published = command.add_flag(
      "--published", arguments.published,
      "Score the list that readers would see: last written when `publish` says so, not made at the event");
  command
      .add_option("--merge", arguments.merge, "With --published: whether readers merge it with the live list")
      ->check(CLI::IsMember({"on", "off"}))
      ->needs(published)
      ->capture_default_str();
  command.add_option("-n,--limit", arguments.stream.limit, "Events to use, from the start; 0: all");
}

Prequential::Options evaluation_options(const EvaluationArguments& arguments, config::Options config) {
  if (!arguments.repeats.empty()) config.ranking.repeats = arguments.repeats;
  config.seed = arguments.seed;
  Prequential::Options options{std::move(config), arguments.shards, arguments.score_every};
  options.published = arguments.published;
  options.merge = arguments.merge == "on";
  return options;
}

bool can_evaluate(const EvaluationArguments& arguments, const config::Options& config) {
  const auto* const baseline = baselines::find_baseline(config.model);
  if (!arguments.published || baseline == nullptr) return true;
  std::fprintf(stderr, "sluice: --published is about the service's model, which %s is not\n",
               std::string(baseline->name).c_str());
  return false;
}

Prequential::Progress show_progress(ProgressLine& line, std::size_t total, std::string label) {
  return [&line, total, label = std::move(label), next = std::chrono::steady_clock::now()](
             const PrequentialFigures& figures, std::uint64_t done) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now < next) return true;
    next = now + line.interval();
    char text[160];
    std::snprintf(text, sizeof text, "%s%3.0f %%  %llu events, %llu scored, hit rate at 10 %.4f",
                  label.c_str(), 100.0 * static_cast<double>(done) / static_cast<double>(total),
                  static_cast<unsigned long long>(done),
                  static_cast<unsigned long long>(figures.blend.scored),
                  figures.blend.mean(static_cast<double>(figures.blend.hits10)));
    line.show(text);
    return true;
  };
}

bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (file.flush()) return true;
  std::fprintf(stderr, "sluice: %s cannot be written\n", path.c_str());
  return false;
}

}  // namespace sluice::cli

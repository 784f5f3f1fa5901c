#include "cli/config_checks.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdio>

#include "config/suggest.h"
#include "ingest/kafka_properties.h"
#include "model/baselines/baseline.h"
#include "model/parameters.h"
#include "model/scorer.h"

namespace sluice::cli {
namespace {

using config::Problem;

std::vector<Problem> check_kafka(const config::Options& options) {
  std::vector<Problem> problems;
  for (const auto& [name, value, reason] : ingest::check_kafka_properties(options.kafka.properties)) {
    problems.push_back(
        {"kafka.properties." + name, value.empty() ? "" : '"' + value + '"', "is refused: " + reason});
  }
  return problems;
}

// The clients that the service or a producer is going to make. What is wrong with one property alone is told
// by check_kafka().
std::vector<Problem> check_clients(const config::Options& options, config::Purpose purpose) {
  if (!ingest::check_kafka_properties(options.kafka.properties).empty()) return {};
  std::vector<std::string> reasons;
  if (purpose == config::Purpose::service)
    reasons = ingest::consumer_refusals(options.kafka, options.instance);
  const bool sends = purpose == config::Purpose::producer || options.events.on_bad == "topic";
  if (reasons.empty() && sends) reasons = ingest::producer_refusals(options.kafka);
  std::vector<Problem> problems;
  for (const std::string& reason : reasons) {
    problems.push_back({"kafka.properties", "", "is refused by librdkafka: " + reason});
  }
  return problems;
}

std::string number_text(double number) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

struct Bounds {
  std::string_view name;
  double least;
  double greatest;
};

// The parameters of what is to be run: of a baseline its own, else those of the model.
std::vector<Bounds> parameter_bounds(const config::ModelOptions& model) {
  std::vector<Bounds> bounds;
  if (const auto* baseline = baselines::find_baseline(model.ranker)) {
    for (const auto& info : baseline->parameters) bounds.push_back({info.name, info.least, info.greatest});
  } else {
    for (const auto& info : model::parameter_infos()) {
      bounds.push_back({info.name, static_cast<double>(info.least), static_cast<double>(info.greatest)});
    }
  }
  return bounds;
}

std::vector<Problem> check_parameters(const config::Options& options) {
  const std::vector<Bounds> bounds = parameter_bounds(options.model);
  std::vector<std::string> names;
  for (const Bounds& known : bounds) names.emplace_back(known.name);
  std::vector<Problem> problems;
  for (const auto& [name, value] : options.model.parameters) {
    const std::string path = "model.parameters." + name;
    const auto known = std::ranges::find(bounds, name, &Bounds::name);
    if (known == bounds.end()) {
      const auto nearest = config::nearest_name(name, names);
      problems.push_back({path, "",
                          "is no parameter of " + options.model.ranker +
                              (nearest ? "; did you mean " + *nearest + "?" : std::string())});
    } else if (value < known->least || value > known->greatest) {
      problems.push_back(
          {path, number_text(value),
           "must be from " + number_text(known->least) + " to " + number_text(known->greatest)});
    }
  }
  return problems;
}

// Names of columns in model.signals, and in model.ranker where it is neither the blend nor a baseline.
std::vector<Problem> check_columns(const config::Options& options) {
  const std::vector<std::string> columns = model::column_names();
  std::vector<std::string> rankers = columns;
  rankers.emplace_back("blend");
  for (const auto& info : baselines::baseline_infos()) rankers.emplace_back(info.name);
  std::vector<Problem> problems;
  const auto check = [&](const std::string& path, const std::string& name, const auto& names,
                         const char* wrong) {
    if (std::ranges::find(names, name) != names.end()) return;
    const auto nearest = config::nearest_name(name, names);
    problems.push_back(
        {path, '"' + name + '"', wrong + (nearest ? "; did you mean " + *nearest + "?" : std::string())});
  };
  for (std::size_t k = 0; k < options.model.signals.size(); ++k) {
    check("model.signals[" + std::to_string(k) + "]", options.model.signals[k], columns, "is no signal");
  }
  check("model.ranker", options.model.ranker, rankers, "is neither blend nor a signal nor a baseline");
  return problems;
}

std::vector<Problem> check_objective(const config::Options& options) {
  if (options.model.objective == "ranking" || options.model.ranker == "blend") return {};
  return {{"model.ranker", '"' + options.model.ranker + '"',
           "must be blend with model.objective = rating, which ranks by the predicted value"}};
}

// What can be evaluated only.
std::vector<Problem> check_service(const config::Options& options) {
  std::vector<Problem> problems;
  constexpr const char* kOffline = "is for `sluice evaluate` and `sluice compare` only, not for the service";
  if (baselines::find_baseline(options.model.ranker) != nullptr) {
    problems.push_back(
        {"model.ranker", '"' + options.model.ranker + '"', std::string("is a baseline and ") + kOffline});
  }
  if (options.model.objective != "ranking") {
    problems.push_back({"model.objective", '"' + options.model.objective + '"', kOffline});
  }
  return problems;
}

}  // namespace

std::vector<config::Check> config_checks(config::Purpose purpose) {
  std::vector<config::Check> checks = {check_kafka, check_parameters, check_columns, check_objective};
  if (purpose == config::Purpose::service) checks.emplace_back(check_service);
  if (purpose != config::Purpose::offline) {
    checks.emplace_back(
        [purpose](const config::Options& options) { return check_clients(options, purpose); });
  }
  return checks;
}

std::vector<std::string> config_warnings(const config::Options& options) {
  return ingest::kafka_property_warnings(options.kafka.properties, rd_kafka_version());
}

}  // namespace sluice::cli

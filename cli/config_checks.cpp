#include "cli/config_checks.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdio>

#include "config/suggest.h"
#include "ingest/kafka_properties.h"
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

std::string number_text(double number) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

std::vector<Problem> check_parameters(const config::Options& options) {
  std::vector<std::string> names;
  for (const auto& info : model::parameter_infos()) names.emplace_back(info.name);
  std::vector<Problem> problems;
  for (const auto& [name, value] : options.model.parameters) {
    const std::string path = "model.parameters." + name;
    const auto info = std::ranges::find(model::parameter_infos(), name, &model::ParameterInfo::name);
    if (info == model::parameter_infos().end()) {
      const auto nearest = config::nearest_name(name, names);
      problems.push_back(
          {path, "", "is no parameter" + (nearest ? "; did you mean " + *nearest + "?" : std::string())});
    } else if (value < static_cast<double>(info->least) || value > static_cast<double>(info->greatest)) {
      problems.push_back({path, number_text(value),
                          "must be from " + number_text(static_cast<double>(info->least)) + " to " +
                              number_text(static_cast<double>(info->greatest))});
    }
  }
  return problems;
}

// Names of columns in model.signals, and in model.ranker where it is not the blend.
std::vector<Problem> check_columns(const config::Options& options) {
  const std::vector<std::string> columns = model::column_names();
  std::vector<Problem> problems;
  const auto check = [&](const std::string& path, const std::string& name) {
    if (std::ranges::find(columns, name) != columns.end()) return;
    const auto nearest = config::nearest_name(name, columns);
    problems.push_back({path, '"' + name + '"',
                        "is no signal" + (nearest ? "; did you mean " + *nearest + "?" : std::string())});
  };
  for (std::size_t k = 0; k < options.model.signals.size(); ++k) {
    check("model.signals[" + std::to_string(k) + "]", options.model.signals[k]);
  }
  if (options.model.ranker != "blend") check("model.ranker", options.model.ranker);
  return problems;
}

}  // namespace

std::vector<config::Check> config_checks() {
  return {check_kafka, check_parameters, check_columns};
}

std::vector<std::string> config_warnings(const config::Options& options) {
  return ingest::kafka_property_warnings(options.kafka.properties, rd_kafka_version());
}

}  // namespace sluice::cli

#include "pipeline/metrics_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>

#include "common/parse_number.h"
#include "pipeline/metrics.h"

namespace sluice::pipeline {
namespace {

// Text of any content would make a new series each time.
constexpr auto kFreeText = std::to_array<std::string_view>({"kafka_last_error", "redis_last_error"});

// As the status says it, but in base units.
std::string in_base_units(const std::string& text, double value, int per_unit) {
  if (per_unit == 1) return text;
  int digits = 0;
  for (int rest = per_unit; rest > 1; rest /= 10) ++digits;
  std::array<char, 64> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value / per_unit);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text + '"';
}

// "lag.my.topic.3": the partition is behind the last dot, for topics may have dots.
std::string partition_labels(std::string_view rest) {
  const std::size_t dot = rest.rfind('.');
  return "{" + label("topic", rest.substr(0, dot)) + "," + label("partition", rest.substr(dot + 1)) + "}";
}

std::string labels_of(Metric::Labels labels, std::string_view rest) {
  switch (labels) {
    case Metric::Labels::none:
      return {};
    case Metric::Labels::reason:
      return "{" + label("reason", rest) + "}";
    case Metric::Labels::kind:
      return "{" + label("kind", rest) + "}";
    case Metric::Labels::topic:
      return "{" + label("topic", rest) + "}";
    case Metric::Labels::partition:
      return partition_labels(rest);
  }
  return {};
}

std::string declaration(const Metric& metric) {
  const std::string name = "sluice_" + std::string(metric.name);
  return "# HELP " + name + " " + std::string(metric.help) + "\n# TYPE " + name +
         (metric.kind == Metric::Kind::counter ? " counter\n" : " gauge\n");
}

}  // namespace

std::string metrics_text(const sink::StatusFields& fields) {
  std::map<std::string_view, std::string> families;  // by name
  std::string info;
  std::string undeclared;
  for (const auto& [name, value] : fields) {
    if (std::ranges::find(kFreeText, name) != kFreeText.end()) continue;
    const auto number = sink::is_word_field(name) ? std::nullopt : parse_number<double>(value);
    if (!number) {
      info += (info.empty() ? "" : ",") + label(name, value);
      continue;
    }
    const std::size_t dot = name.find('.');
    const Metric* const metric = find_metric(std::string_view(name).substr(0, dot));
    if (metric == nullptr) {
      undeclared += "sluice_" + name.substr(0, dot) + " " + value + "\n";
      continue;
    }
    const std::string_view rest = dot == std::string::npos ? "" : std::string_view(name).substr(dot + 1);
    std::string& family = families[metric->name];
    if (family.empty()) family = declaration(*metric);
    family += "sluice_" + std::string(metric->name) + labels_of(metric->labels, rest) + " " +
              in_base_units(value, *number, metric->per_unit) + "\n";
  }
  std::string text =
      "# HELP sluice_info What the status says in words.\n# TYPE sluice_info gauge\nsluice_info{" + info +
      "} 1\n";
  for (const auto& [name, family] : families) text += family;
  return text + undeclared;
}

}  // namespace sluice::pipeline

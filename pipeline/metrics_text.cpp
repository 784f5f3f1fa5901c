#include "pipeline/metrics_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <vector>

namespace sluice::pipeline {
namespace {

constexpr auto kCounters = std::to_array<std::string_view>({"clamped",
                                                            "cold_starts",
                                                            "control_topic_applied",
                                                            "control_topic_bad",
                                                            "controls",
                                                            "dead",
                                                            "dead_letter_waits",
                                                            "duplicates",
                                                            "epochs",
                                                            "errors",
                                                            "events",
                                                            "evicted_items",
                                                            "evicted_users",
                                                            "filtered",
                                                            "holes",
                                                            "lists",
                                                            "live_lists",
                                                            "log_gaps",
                                                            "lost_records",
                                                            "merge_us",
                                                            "moved_users",
                                                            "partitions_kept",
                                                            "partitions_loaded",
                                                            "published_scored",
                                                            "publisher_full",
                                                            "rebalances",
                                                            "redis_data_losses",
                                                            "redis_reconnects",
                                                            "refreshed",
                                                            "restarted_factors",
                                                            "snapshots",
                                                            "stale",
                                                            "untaught",
                                                            "wrong_key"});

// Text of any content would make a new series each time.
constexpr std::string_view kFreeText = "redis_last_error";

struct Family {
  std::vector<std::string> samples;  // "{labels} value"
};

bool is_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
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

std::string labels_of(std::string_view family, std::string_view rest) {
  if (rest.empty()) return {};
  if (family == "dead") return "{" + label("reason", rest) + "}";
  if (family == "errors") return "{" + label("kind", rest) + "}";
  return partition_labels(rest);
}

}  // namespace

std::string metrics_text(const sink::StatusFields& fields) {
  std::map<std::string, Family> families;
  std::string info;
  for (const auto& [name, value] : fields) {
    if (name == kFreeText) continue;
    if (!is_number(value)) {
      info += (info.empty() ? "" : ",") + label(name, value);
      continue;
    }
    const std::size_t dot = name.find('.');
    const std::string family = name.substr(0, dot);
    const std::string_view rest = dot == std::string::npos ? "" : std::string_view(name).substr(dot + 1);
    families[family].samples.push_back(labels_of(family, rest) + " " + value);
  }
  std::string text = "# TYPE sluice_info gauge\nsluice_info{" + info + "} 1\n";
  for (const auto& [name, family] : families) {
    const bool grows = std::ranges::find(kCounters, name) != kCounters.end();
    const std::string metric = "sluice_" + name + (grows ? "_total" : "");
    text += "# TYPE " + metric + (grows ? " counter\n" : " gauge\n");
    for (const std::string& sample : family.samples) text += metric + sample + "\n";
  }
  return text;
}

}  // namespace sluice::pipeline

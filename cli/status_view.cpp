#include "cli/status_view.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "cli/text.h"
#include "common/json.h"
#include "common/parse_number.h"
#include "sink/instance_health.h"

namespace sluice::cli {
namespace {

using sink::StatusFields;
using std::chrono::milliseconds;

std::string text_of(const StatusFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "?" : found->second;
}

std::optional<std::int64_t> number_of(const StatusFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return std::nullopt;
  return parse_number<std::int64_t>(found->second);
}

std::uint64_t count_of(const StatusFields& fields, const std::string& name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(fields, name).value_or(0)));
}

std::string since(const StatusFields& fields, const std::string& name, std::int64_t now) {
  const auto then = number_of(fields, name).value_or(0);
  return age_text(milliseconds{std::max<std::int64_t>(0, now - then)}) + " ago";
}

// "away for 75 s"
std::string link_text(const StatusFields& fields, const std::string& link) {
  const std::int64_t age =
      number_of(fields, "updated_at_ms").value_or(0) - number_of(fields, link + "_since_ms").value_or(0);
  const std::string state = text_of(fields, link);
  return state == "connected" || !fields.contains(link + "_since_ms")
             ? state
             : state + " for " + age_text(milliseconds{std::max<std::int64_t>(0, age)});
}

// Fields "<prefix>.<rest>" by their rest.
std::vector<std::pair<std::string, std::string>> fields_of(const StatusFields& fields,
                                                           const std::string& prefix) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, value] : fields) {
    if (name.starts_with(prefix + ".")) found.emplace_back(name.substr(prefix.size() + 1), value);
  }
  return found;
}

// "100 (not_json 60, missing_user 40)"; counts of 0 are left out.
std::string sum_text(const StatusFields& fields, const std::string& prefix) {
  std::uint64_t sum = 0;
  std::string parts;
  for (const auto& [name, value] : fields_of(fields, prefix)) {
    const std::uint64_t count = count_of(fields, prefix + "." + name);
    if (count == 0) continue;
    sum += count;
    parts += (parts.empty() ? "" : ", ") + name + " " + count_text(count);
  }
  return parts.empty() ? "0" : count_text(sum) + " (" + parts + ")";
}

std::string partitions_text(const StatusFields& fields) {
  std::vector<std::vector<std::string>> rows = {{"  topic", "partition", "applied", "committed", "lag"}};
  for (const auto& [origin, applied] : fields_of(fields, "applied")) {
    const auto dot = origin.rfind('.');
    rows.push_back({"  " + origin.substr(0, dot), dot == origin.npos ? "?" : origin.substr(dot + 1), applied,
                    text_of(fields, "committed." + origin), text_of(fields, "lag." + origin)});
  }
  return rows.size() == 1 ? "  no partitions\n" : table_text(rows);
}

std::string instance_text(const std::string& instance, const StatusFields& fields, std::int64_t now) {
  if (fields.empty()) return "Instance " + instance + ": no sign of life\n";
  const bool restored = number_of(fields, "restored_at_ms").value_or(0) != 0;
  std::string text = "Instance " + instance + ": " + text_of(fields, "state") + ", started " +
                     since(fields, "started_at_ms", now) +
                     (restored ? " from a snapshot\n" : " without a snapshot\n");
  text += table_text(
      {{"  events", count_text(count_of(fields, "events")) + " applied, " + text_of(fields, "events_per_s") +
                        "/s, " + count_text(count_of(fields, "filtered")) + " filtered"},
       {"  dead", sum_text(fields, "dead")},
       {"  lists", count_text(count_of(fields, "lists")) + " written, " + text_of(fields, "lists_per_s") +
                       "/s, " + count_text(count_of(fields, "pending")) + " pending"},
       {"  freshness", "p50 " + text_of(fields, "freshness_p50_ms") + " ms, p99 " +
                           text_of(fields, "freshness_p99_ms") + " ms"},
       {"  hit rate", "lists " + text_of(fields, "published_hit_rate10") + " (not merged " +
                          text_of(fields, "unmerged_hit_rate10") + ", made on request " +
                          text_of(fields, "requested_hit_rate10") + "), popular list " +
                          text_of(fields, "popular_hit_rate10") + " (at 10, of late)"},
       {"  state", count_text(count_of(fields, "users")) + " users, " +
                       count_text(count_of(fields, "items")) + " items, " +
                       bytes_text(count_of(fields, "bytes")) + ", " + text_of(fields, "shards") +
                       " shards, epoch " + text_of(fields, "epoch")},
       {"  snapshot", age_text(milliseconds{number_of(fields, "snapshot_age_ms").value_or(0)}) + " old, " +
                          bytes_text(count_of(fields, "snapshot_bytes"))},
       {"  links", "Kafka " + link_text(fields, "kafka") + ", Redis " + link_text(fields, "redis")},
       {"  errors", sum_text(fields, "errors")}});
  for (const char* const link : {"Kafka", "Redis"}) {
    const std::string name = link == std::string_view("Kafka") ? "kafka_last_error" : "redis_last_error";
    if (fields.contains(name))
      text += std::string("  last error of ") + link + ": " + text_of(fields, name) + "\n";
  }
  return text + partitions_text(fields);
}

void judge(const std::string& instance, const StatusFields& fields, const HealthRules& rules,
           std::vector<std::string>& problems) {
  const std::string who = "instance " + instance;
  for (const std::string& reason : sink::reasons_not_ready(fields)) problems.push_back(who + " " + reason);
  const milliseconds age{number_of(fields, "snapshot_age_ms").value_or(0)};
  if (age > rules.max_snapshot_age) {
    problems.push_back(who + " has no snapshot since " + age_text(age) + ", more than " +
                       age_text(rules.max_snapshot_age));
  }
  for (const auto& [origin, lag] : fields_of(fields, "lag")) {
    if (rules.max_lag == 0 || count_of(fields, "lag." + origin) <= rules.max_lag) continue;
    problems.push_back(who + " lags " + lag + " events behind in " + origin + ", more than " +
                       std::to_string(rules.max_lag));
  }
}

// The first ones, for there may be hundreds.
std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() <= kMost ? text : text + " and " + std::to_string(names.size() - kMost) + " more";
}

nlohmann::ordered_json json_value(const std::string& name, const std::string& text) {
  if (sink::is_word_field(name)) return text;
  const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
  return parsed.is_number() ? parsed : nlohmann::ordered_json(text);
}

}  // namespace

std::optional<std::vector<std::string>> unowned_partitions(const InstanceStatuses& statuses) {
  std::map<std::string, std::int64_t> partitions;  // of each topic
  std::set<std::string> owned;                     // "topic.3"
  for (const auto& [instance, fields] : statuses) {
    for (const auto& [topic, count] : fields_of(fields, "partitions")) {
      partitions[topic] = std::max(partitions[topic], number_of(fields, "partitions." + topic).value_or(0));
    }
    for (const auto& [origin, applied] : fields_of(fields, "applied")) owned.insert(origin);
  }
  if (partitions.empty()) return std::nullopt;
  std::vector<std::string> unowned;
  for (const auto& [topic, count] : partitions) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (!owned.contains(topic + "." + std::to_string(i)))
        unowned.push_back(topic + "/" + std::to_string(i));
    }
  }
  return unowned;
}

std::vector<std::string> find_problems(const InstanceStatuses& statuses, const HealthRules& rules) {
  std::vector<std::string> problems;
  if (!rules.only.empty() && !statuses.contains(rules.only)) {
    problems.push_back("instance " + rules.only + " is not registered");
  }
  if (rules.only.empty() && statuses.empty()) problems.emplace_back("no instance is registered");
  if (!rules.refused.empty())
    problems.push_back("Redis takes no writes, so it cannot hold a status: " + rules.refused);
  const auto unowned = unowned_partitions(statuses);
  const bool all_owned = unowned && unowned->empty();
  for (const auto& [instance, fields] : statuses) {
    if (!rules.only.empty() && rules.only != instance) continue;
    if (!fields.empty()) {
      judge(instance, fields, rules, problems);
    } else if (rules.refused.empty() && (!all_owned || !rules.only.empty())) {
      problems.push_back("instance " + instance + " shows no sign of life");
    }
  }
  if (rules.only.empty() && unowned && !unowned->empty()) {
    problems.push_back("no instance has partitions " + joined(*unowned));
  }
  return problems;
}

std::optional<sink::StatusFields> parse_status(const std::string& json) {
  const auto object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  sink::StatusFields fields;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_string()) return std::nullopt;
    fields[name] = value.get<std::string>();
  }
  return fields;
}

std::string status_text(const InstanceStatuses& statuses, std::int64_t now_unix_ms) {
  if (statuses.empty()) return "No instance is registered.\n";
  std::string text;
  for (const auto& [instance, fields] : statuses) {
    if (!text.empty()) text += '\n';
    text += instance_text(instance, fields, now_unix_ms);
  }
  return text;
}

std::string status_json(const InstanceStatuses& statuses, const std::vector<std::string>& problems) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::object();
  for (const auto& [instance, fields] : statuses) {
    auto& object = instances[instance] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : fields) object[name] = json_value(name, value);
  }
  nlohmann::ordered_json json;
  json["healthy"] = problems.empty();
  json["problems"] = problems;
  json["instances"] = std::move(instances);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::cli

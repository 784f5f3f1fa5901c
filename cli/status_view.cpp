#include "cli/status_view.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/text.h"
#include "common/json.h"

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
  const std::string& text = found->second;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::uint64_t count_of(const StatusFields& fields, const std::string& name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(fields, name).value_or(0)));
}

std::string since(const StatusFields& fields, const std::string& name, std::int64_t now) {
  const auto then = number_of(fields, name).value_or(0);
  return age_text(milliseconds{std::max<std::int64_t>(0, now - then)}) + " ago";
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
       {"  errors", sum_text(fields, "errors")}});
  if (fields.contains("redis_last_error"))
    text += "  last error of Redis: " + text_of(fields, "redis_last_error") + "\n";
  return text + partitions_text(fields);
}

void judge(const std::string& instance, const StatusFields& fields, const HealthRules& rules,
           std::vector<std::string>& problems) {
  const std::string who = "instance " + instance;
  if (fields.empty()) {
    problems.push_back(who + " shows no sign of life");
    return;
  }
  if (text_of(fields, "state") != "running") problems.push_back(who + " is " + text_of(fields, "state"));
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

nlohmann::ordered_json json_value(const std::string& text) {
  const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
  return parsed.is_number() ? parsed : nlohmann::ordered_json(text);
}

}  // namespace

std::vector<std::string> find_problems(const InstanceStatuses& statuses, const HealthRules& rules) {
  std::vector<std::string> problems;
  if (!rules.only.empty() && !statuses.contains(rules.only)) {
    problems.push_back("instance " + rules.only + " is not registered");
  }
  if (rules.only.empty() && statuses.empty()) problems.emplace_back("no instance is registered");
  for (const auto& [instance, fields] : statuses) {
    if (rules.only.empty() || rules.only == instance) judge(instance, fields, rules, problems);
  }
  return problems;
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
    for (const auto& [name, value] : fields) object[name] = json_value(value);
  }
  nlohmann::ordered_json json;
  json["healthy"] = problems.empty();
  json["problems"] = problems;
  json["instances"] = std::move(instances);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace sluice::cli

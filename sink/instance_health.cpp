#include "sink/instance_health.h"

#include <cstdlib>

namespace sluice::sink {
namespace {

std::string text_of(const StatusFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

long long number_of(const StatusFields& fields, const std::string& name) {
  return std::strtoll(text_of(fields, name).c_str(), nullptr, 10);
}

// " for 75 s: connection refused"
std::string how_long_and_why(const StatusFields& fields, const std::string& link) {
  const long long since = number_of(fields, link + "_since_ms");
  const long long seconds = (number_of(fields, "updated_at_ms") - since) / 1000;
  const std::string why = text_of(fields, link + "_last_error");
  return (since > 0 && seconds >= 0 ? " for " + std::to_string(seconds) + " s" : std::string()) +
         (why.empty() ? "" : ": " + why);
}

}  // namespace

std::vector<std::string> reasons_not_ready(const StatusFields& fields) {
  std::vector<std::string> reasons;
  const std::string state = text_of(fields, "state");
  if (state != "running") reasons.push_back("is " + (state.empty() ? "in an unknown state" : state));
  if (text_of(fields, "kafka") == "away") {
    reasons.push_back("has had no answer from Kafka" + how_long_and_why(fields, "kafka"));
  }
  if (const long long leaderless = number_of(fields, "leaderless"); leaderless > 0) {
    reasons.push_back("cannot read " + std::to_string(leaderless) + " partitions, which have no leader");
  }
  for (auto at = fields.lower_bound("partitions.");
       at != fields.end() && at->first.starts_with("partitions."); ++at) {
    if (at->second == "0")
      reasons.push_back("finds no topic " + at->first.substr(std::string("partitions.").size()));
  }
  const std::string redis = text_of(fields, "redis");
  if (redis == "away") reasons.push_back("has had no Redis" + how_long_and_why(fields, "redis"));
  if (redis == "refuses") {
    reasons.push_back("has been refused by Redis" + how_long_and_why(fields, "redis"));
  }
  return reasons;
}

}  // namespace sluice::sink

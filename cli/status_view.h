#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sink/status_publisher.h"

// What `sluice status` makes of the fields that instances publish. Pure: no clock, no Redis.
namespace sluice::cli {

using InstanceStatuses = std::map<std::string, sink::StatusFields>;  // an instance that died has no fields

struct HealthRules {
  std::chrono::milliseconds max_snapshot_age{};
  std::uint64_t max_lag = 0;  // events in one partition; 0: any
  std::string only;           // instance to judge; empty: all
  std::string refused;  // Redis takes no writes, and says so: that nobody shows a sign of life means nothing
};

// What is wrong, one text for each thing; none: healthy. An instance that died is wrong as long as partitions
// are without an owner; once the others have them all it is not missed.
[[nodiscard]] std::vector<std::string> find_problems(const InstanceStatuses& statuses,
                                                     const HealthRules& rules);

// Partitions, as "topic/3", that none of these instances has, by what they know of their topics; nothing if
// none of them tells.
[[nodiscard]] std::optional<std::vector<std::string>> unowned_partitions(const InstanceStatuses& statuses);

// The fields of /status: a JSON object of texts. Nothing if it is none.
[[nodiscard]] std::optional<sink::StatusFields> parse_status(const std::string& json);

[[nodiscard]] std::string status_text(const InstanceStatuses& statuses, std::int64_t now_unix_ms);

// {"healthy":true,"problems":[],"instances":{"a":{...}}}: fields by their own names, numbers as numbers.
[[nodiscard]] std::string status_json(const InstanceStatuses& statuses,
                                      const std::vector<std::string>& problems);

}  // namespace sluice::cli

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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
};

// What is wrong, one text for each thing; none: healthy.
[[nodiscard]] std::vector<std::string> find_problems(const InstanceStatuses& statuses,
                                                     const HealthRules& rules);

[[nodiscard]] std::string status_text(const InstanceStatuses& statuses, std::int64_t now_unix_ms);

// {"healthy":true,"problems":[],"instances":{"a":{...}}}: fields by their own names, numbers as numbers.
[[nodiscard]] std::string status_json(const InstanceStatuses& statuses,
                                      const std::vector<std::string>& problems);

}  // namespace sluice::cli

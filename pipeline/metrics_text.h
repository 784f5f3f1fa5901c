#pragma once

#include <string>

#include "sink/status_publisher.h"

namespace sluice::pipeline {

// The status as Prometheus text (format 0.0.4), from the very same numbers: `lag.<topic>.<partition>` becomes
// sluice_lag{topic="...",partition="..."}, `dead.<reason>` sluice_dead_total{reason="..."}, `errors.<kind>`
// sluice_errors_total{kind="..."}; every other number sluice_<name>, with _total behind it if it only grows;
// texts become labels of sluice_info.
[[nodiscard]] std::string metrics_text(const sink::StatusFields& fields);

}  // namespace sluice::pipeline

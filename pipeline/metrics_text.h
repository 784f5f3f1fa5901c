#pragma once

#include <string>

#include "sink/status_publisher.h"

namespace sluice::pipeline {

// The status as Prometheus text (format 0.0.4), from the very same numbers, as the table in metrics.cpp
// declares them: `lag.<topic>.<partition>` becomes sluice_lag{topic="...",partition="..."}, `dead.<reason>`
// sluice_dead_total{reason="..."}, `merge_us` sluice_merge_seconds_total. Texts become labels of sluice_info.
// A number that the table does not have is shown without a declaration, which `promtool check metrics` tells.
[[nodiscard]] std::string metrics_text(const sink::StatusFields& fields);

}  // namespace sluice::pipeline

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sink/status_publisher.h"

namespace sluice::sink {

// Why an instance does not do its work, as /readyz and `sluice status --check` tell it: one text for each
// reason, to be read behind "instance a ". None: it takes events, and its lists reach Redis. From the fields
// of its status alone; what an older instance does not tell is taken to be well.
[[nodiscard]] std::vector<std::string> reasons_not_ready(const StatusFields& fields);

}  // namespace sluice::sink

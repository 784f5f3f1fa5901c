#pragma once

#include <string>

#include "common/types.h"

namespace sluice::ingest {

// An event outside of Kafka: a line of a file, or one made up. Owns its text, carries no weight yet (see
// EventWeights). A control event has its name as type ("erase_user", ...), see control_kind(); whatever it
// does not need is empty.
struct FileEvent {
  std::string user;
  std::string item;
  std::string type;
  double value = 0.0;     // finite
  bool has_value = true;  // false: the source has none, and value is 0
  Timestamp time;
  // false: a control event without a time of its own. That of a retraction is when the event was that it
  // takes back, not when it came.
  bool has_time = true;

  bool operator==(const FileEvent&) const = default;
};

}  // namespace sluice::ingest

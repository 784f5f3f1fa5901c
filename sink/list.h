#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/types.h"

namespace sluice::sink {

// Names of signals. The usual three take no memory of their own, as lists are made and freed all the time.
using SignalNames = absl::InlinedVector<std::string, 3>;

struct ListEntry {
  std::string item;
  float score = 0;
  SignalNames why;  // names of the signals that put it here, strongest first
};

// A user's ranked list as it is written to Redis, or the popular list (user empty).
struct List {
  std::string user;
  std::vector<ListEntry> items;  // best first
  Epoch epoch{};
  PartitionId partition{};
  Offset offset{};          // of the user's last applied event: the list's version
  Timestamp event_time{};   // event time of that event
  Timestamp record_time{};  // Kafka record time of the oldest event this list answers; zero: none (a refresh)
  Timestamp made{};         // wall clock when ranked
};

}  // namespace sluice::sink

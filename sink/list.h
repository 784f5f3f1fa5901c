#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/live_merge.h"
#include "common/types.h"

namespace sluice::sink {

// Names of signals. The usual three take no memory of their own, as lists are made and freed all the time.
using SignalNames = absl::InlinedVector<std::string, 3>;

struct ListEntry {
  std::string item;
  float score = 0;
  SignalNames why;  // names of the signals that put it here, strongest first
  // The parts of the score, see common/live_merge.h; only if the list has LiveParts.
  double own = 0;
  double common = 0;
};

// What a reader needs to merge a list with a live list.
struct LiveParts {
  double base = 0;
  std::uint32_t history = 0;                 // the context's history part
  Timestamp last_take{};                     // event time; the pause since then is the context's other part
  std::vector<KeptEntry<std::string>> kept;  // behind the list
  std::string seen;                          // codes of common/seen_code.h: not to be added
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
  std::optional<LiveParts> live;
};

}  // namespace sluice::sink

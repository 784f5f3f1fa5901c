#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::pipeline {

// How one number of the status is shown to Prometheus. The only place where its name, kind and help are.
struct Metric {
  enum class Kind : std::uint8_t {
    counter,  // it only grows, but for a restart of the process
    gauge,
  };
  // What is behind the first dot of a field's name.
  enum class Labels : std::uint8_t { none, reason, kind, topic, partition };

  std::string_view field;  // of the status, up to the first dot
  Kind kind;
  std::string_view name;  // behind "sluice_": in base units, and with _total if it is a counter
  std::string_view help;
  // Status says milliseconds or microseconds where Prometheus wants seconds: so many of the field's units are
  // one.
  int per_unit = 1;
  Labels labels = Labels::none;
};

// nullptr: there is no such field.
[[nodiscard]] const Metric* find_metric(std::string_view field);

}  // namespace sluice::pipeline

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/options.h"

namespace sluice::ingest {

// Magnitudes beyond this are stopped: values are rejected, weights cut off.
inline constexpr double kMaxMagnitude = 1e6;

// How much an event counts, by events.types, events.default_weight, events.value and events.min_value.
// Immutable, so safe to share between threads.
class EventWeights {
 public:
  explicit EventWeights(const config::EventOptions& options);

  // The weight, never 0 and at most kMaxMagnitude in magnitude; nothing if the configuration filters the
  // event. An event without a value passes min_value and is not scaled. `value` must be finite.
  [[nodiscard]] std::optional<double> weigh(std::string_view type, const std::optional<double>& value) const;

 private:
  std::map<std::string, double, std::less<>> by_type_;
  double default_weight_;
  double min_value_;
  bool scale_;
};

}  // namespace sluice::ingest

#include "ingest/event_weights.h"

#include <algorithm>

namespace sluice::ingest {

EventWeights::EventWeights(const config::EventOptions& options)
    : by_type_(options.types.begin(), options.types.end()),
      default_weight_(options.default_weight),
      min_value_(options.min_value),
      scale_(options.value == "scale") {}

std::optional<double> EventWeights::weigh(std::string_view type, const std::optional<double>& value) const {
  if (value && *value < min_value_) return std::nullopt;
  const auto named = by_type_.find(type);
  double weight = named == by_type_.end() ? default_weight_ : named->second;
  if (scale_ && value) weight *= *value;
  if (weight == 0.0) return std::nullopt;
  return std::clamp(weight, -kMaxMagnitude, kMaxMagnitude);
}

}  // namespace sluice::ingest

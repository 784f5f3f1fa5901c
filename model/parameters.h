#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

// The model's numbers. None of them has to be tuned by hand; they are here so that experiments can.
struct Parameters {
  float negatives = 30;
  // Blend
  float blend_common_step = 1;
  float blend_own_step = 1;
  // Sequence factors
  float factor_step = 0.1F;
  float factor_bias_step = 0.02F;
  float factor_leak = 0.001F;
};

struct ParameterInfo {
  std::string_view name;  // as in model.parameters
  float Parameters::*member;
  float least;
  float greatest;
  std::string_view meaning;
};
[[nodiscard]] std::span<const ParameterInfo> parameter_infos();

// Parameters with the named ones replaced. Names and bounds must have been checked.
[[nodiscard]] Parameters make_parameters(const std::map<std::string, double>& named);

}  // namespace sluice::model

#include "model/parameters.h"

#include <algorithm>
#include <array>

namespace sluice::model {

namespace {
constexpr std::array kInfos = {
    ParameterInfo{"negatives", &Parameters::negatives, 1, 500,
                  "items not taken that are drawn for each event, for the blend and the factors"},
    ParameterInfo{"blend_common_step", &Parameters::blend_common_step, 0, 10,
                  "scale of the steps of the weights common to all contexts"},
    ParameterInfo{"blend_own_step", &Parameters::blend_own_step, 0, 10,
                  "scale of the steps of each context's own weights"},
    ParameterInfo{"factor_step", &Parameters::factor_step, 0, 1, "AdaGrad step of the sequence factors"},
    ParameterInfo{"factor_bias_step", &Parameters::factor_bias_step, 0, 1,
                  "constant step of the item biases"},
    ParameterInfo{"factor_leak", &Parameters::factor_leak, 0, 1,
                  "share of an AdaGrad accumulator lost at each update"},
};
}  // namespace

std::span<const ParameterInfo> parameter_infos() {
  return kInfos;
}

Parameters make_parameters(const std::map<std::string, double>& named) {
  Parameters parameters;
  for (const ParameterInfo& info : kInfos) {
    const auto found = named.find(std::string(info.name));
    if (found != named.end()) parameters.*info.member = static_cast<float>(found->second);
  }
  return parameters;
}

}  // namespace sluice::model

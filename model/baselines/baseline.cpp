#include "model/baselines/baseline.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "model/baselines/bpr.h"
#include "model/baselines/isgd.h"
#include "model/baselines/item_knn.h"
#include "model/baselines/own_counts.h"
#include "model/baselines/popularity.h"
#include "model/baselines/rating.h"
#include "model/baselines/vmis_knn.h"

namespace sluice::baselines {

namespace {
template <typename Method>
std::unique_ptr<Baseline> make(const Values& values) {
  return std::make_unique<Method>(values);
}

constexpr std::array kBaselines = {
    BaselineInfo{"popularity", "how often an item was taken, of late or ever", Popularity::kParameters,
                 make<Popularity>},
    BaselineInfo{"own_counts", "how often this very user took the item", OwnCounts::kParameters,
                 make<OwnCounts>},
    BaselineInfo{"isgd", "factors by one SGD step towards 1 for each event", Isgd::kParameters, make<Isgd>},
    BaselineInfo{"bpr", "factors by SGD on pairs of a taken and a drawn item", Bpr::kParameters, make<Bpr>},
    BaselineInfo{"item_knn", "items that the same users had", ItemKnn::kParameters, make<ItemKnn>},
    BaselineInfo{"vmis_knn", "items of sessions like the user's own", VmisKnn::kParameters, make<VmisKnn>},
    BaselineInfo{"rating", "the value that an event would have", Rating::kParameters, make<Rating>},
};
}  // namespace

double Values::operator[](std::string_view name) const {
  const auto info = std::ranges::find(infos_, name, &ParameterInfo::name);
  assert(info != infos_.end());
  const auto given = given_.find(std::string(name));
  return given == given_.end() ? info->fallback : given->second;
}

std::span<const BaselineInfo> baseline_infos() {
  return kBaselines;
}

const BaselineInfo* find_baseline(const config::ModelOptions& options) {
  return find_baseline(options.objective == "rating" ? "rating" : std::string_view(options.ranker));
}

const BaselineInfo* find_baseline(std::string_view name) {
  const auto found = std::ranges::find(kBaselines, name, &BaselineInfo::name);
  return found == kBaselines.end() ? nullptr : &*found;
}

std::unique_ptr<Baseline> make_baseline(const BaselineInfo& info,
                                        const std::map<std::string, double>& parameters, std::uint64_t seed) {
  return info.make(Values(info.parameters, parameters, seed));
}

}  // namespace sluice::baselines

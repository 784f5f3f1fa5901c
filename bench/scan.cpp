#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "bench/gemm.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kListed = 10;
static_assert(kGemmUsers == 256 && kGemmDim == 32, "as the texts below say");

void measure_scan(const std::string& suffix, const Shape& full, const Settings& settings,
                  const Report& report) {
  const Shape shape = scaled(full, settings);
  const auto model = make_model(shape, settings, default_options(), 1);
  model::Shard& shard = model->shard(0);
  EventDraws draws(shape, 3, world_end());
  const std::size_t passes = settings.quick ? 1 : std::max<std::size_t>(1, 2'000'000 / shape.items);
  std::size_t entries = 0;
  const auto scan = [&] {
    std::vector<model::UserRef> users;  // those that the stream would make dirty
    for (std::size_t k = 0; k < passes * kGemmUsers; ++k) {
      const std::string user = user_name(draws.next().user);
      users.push_back(shard.find(partition_of(user), user).value());
    }
    return rate_on_one_core(users.size() * shape.items, [&] {
      for (std::size_t first = 0; first < users.size(); first += kGemmUsers) {
        const auto some = std::span(users).subspan(first, kGemmUsers);
        entries += shard.scan(some, world_end(), kListed).best(0).size();
      }
    });
  };
  std::vector<float> items(std::size_t{shape.items} * kGemmDim, 0.5F);
  const std::vector<float> gemm_users(kGemmUsers * kGemmDim, 0.25F);
  float sum = 0;
  const auto beside = measure_beside(settings.rounds(), scan, [&] {
    return rate_on_one_core(passes * kGemmUsers * shape.items, [&] {
      for (std::size_t k = 0; k < passes; ++k)
        sum += plain_gemm(items.data(), shape.items, gemm_users.data());
    });
  });
  keep(entries);
  keep(sum);
  report({"scan_scores_per_s" + suffix, "full scan: the best 10 of all, 256 users at a time", shape.text(),
          beside.ours, "scores/s", Figure::Limit{"GEMM, 32 dimensions x 256 users", beside.limit},
          "scan_share_gemm" + suffix});
}

}  // namespace

void run_scan(const Settings& settings, const Report& report) {
  measure_scan("_10k", {.items = 10'000}, settings, report);
  measure_scan("", {}, settings, report);
  measure_scan("_1m", {.items = 1'000'000}, settings, report);
}

}  // namespace sluice::bench

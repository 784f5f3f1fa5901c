#include <algorithm>
#include <string>
#include <vector>

#include "bench/gemm.h"
#include "bench/measure.h"
#include "bench/stage.h"
#include "bench/world.h"

namespace sluice::bench {
namespace {

void measure(const std::string& suffix, const Shape& full, const Settings& settings, const Report& report) {
  const Shape shape = scaled(full, settings);
  const auto model = make_model(shape, settings, default_options(), 1);
  model::Shard& shard = model->shard(0);
  EventDraws draws(shape, 3, world_end());
  const std::size_t users = settings.quick ? 2 : std::max<std::size_t>(2, 2'000'000 / shape.items);
  float best = 0;
  const auto scan = [&] {
    return rate_on_one_core(users * shape.items, [&] {
      for (std::size_t k = 0; k < users; ++k) {
        const std::string user = user_name(draws.next().user);
        shard.score_all(partition_of(user), user, world_end(),
                        [&](std::size_t, const model::Columns&, std::span<const float> scores) {
                          best = std::max(best, scores.front());
                        });
      }
    });
  };
  std::vector<float> items(std::size_t{shape.items} * kGemmDim, 0.5F);
  const std::vector<float> gemm_users(kGemmUsers * kGemmDim, 0.25F);
  const std::size_t passes = std::max<std::size_t>(1, 2'000'000 / shape.items);
  const auto beside = measure_beside(settings.rounds(), scan, [&] {
    return rate_on_one_core(passes * kGemmUsers * shape.items, [&] {
      for (std::size_t k = 0; k < passes; ++k)
        best += plain_gemm(items.data(), shape.items, gemm_users.data());
    });
  });
  keep(best);
  report({"scan_scores_per_s" + suffix, "full scan: all signals, one core", shape.text(), beside.ours,
          "scores/s", Figure::Limit{"GEMM, 32 dimensions x 64 users", beside.limit},
          "scan_share_gemm" + suffix});
}

}  // namespace

void run_scan(const Settings& settings, const Report& report) {
  measure("_10k", {.items = 10'000}, settings, report);
  measure("", {}, settings, report);
  measure("_1m", {.items = 1'000'000}, settings, report);
}

}  // namespace sluice::bench

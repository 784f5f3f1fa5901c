#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/json.h"
#include "support/run_program.h"

namespace sluice::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// The benchmarks at small sizes: that they run and tell what they are asked, not what they measure.
class Bench : public testing::Test {
 protected:
  Bench() {
    std::string name = testing::TempDir() + "sluice-bench-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Bench() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] test::ProgramResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {SLUICE_BENCH_BINARY, "--folder", folder_ / "run", "--json", json_file()});
    return test::run_program(arguments, {}, std::chrono::seconds{240});
  }
  [[nodiscard]] std::string json_file() const { return folder_ / "figures.json"; }
  void expect_figures(const std::vector<std::string>& names) const {
    std::ifstream file(json_file());
    const json figures = json::parse(file);
    for (const std::string& name : names) {
      ASSERT_TRUE(figures.contains(name)) << name;
      ASSERT_TRUE(figures[name].is_number()) << name;
      EXPECT_TRUE(std::isfinite(figures[name].get<double>())) << name;
    }
    for (const auto& [name, value] : figures.items())
      EXPECT_TRUE(value.is_number()) << name << " is not flat";
  }

  std::filesystem::path folder_;
};

TEST_F(Bench, stages_that_need_no_service_tell_their_figures) {
  const auto result = run({"--quick", "decode", "ids", "parts", "learn", "shards", "rank", "scan", "redis",
                           "snapshot", "memory"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("lists from candidates"));
  expect_figures({"decode_ids_share", "learn_events_per_s_100k", "lists_per_s_100k", "lists_per_s_1m",
                  "scan_share_gemm", "redis_share_set", "snapshot_share_disk", "snapshot_longest_stall_ms",
                  "start_seconds", "learn_speedup_2_shards", "epoch_cost_share", "bytes_per_user",
                  "bytes_per_item"});
}

TEST_F(Bench, the_whole_service_tells_events_a_second_and_freshness) {
  const auto result = run({"--quick", "service"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_figures({"e2e_events_per_s", "freshness_p50_ms", "freshness_p99_ms"});
}

TEST_F(Bench, a_service_with_many_active_users_tells_how_old_their_lists_get) {
  const auto result = run({"--quick", "refresh"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_figures({"refresh_age_p99", "refresh_lag_p99_s", "refresh_redis_bytes_per_user", "refresh_cores"});
}

TEST_F(Bench, an_unknown_stage_is_bad_usage) {
  const auto result = run({"--quick", "no-such-stage"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("no-such-stage"));
}

}  // namespace
}  // namespace sluice::bench

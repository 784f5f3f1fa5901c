#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/exit_codes.h"
#include "common/json.h"
#include "support/run_program.h"

namespace sluice::cli {
namespace {

using nlohmann::json;
using test::run_program;
using test::sluice_binary;
using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kRoot = std::filesystem::path(SLUICE_TESTS_DIR) / "..";

// A folder with a small stream, gone when the test is over.
class Baselines : public testing::Test {
 protected:
  Baselines() {
    std::string name = testing::TempDir() + "sluice-baselines-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    std::ofstream events(path("events.csv"));
    events << "timestamp_ms,user,item,value,type\n";
    for (int k = 0; k < 400; ++k) {
      events << 1'600'000'000'000 + k * 60'000 << ",u" << k % 7 << ",i" << k * k % 23 << ',' << k % 5
             << ",view\n";
    }
  }
  ~Baselines() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] test::ProgramResult evaluate(const std::vector<std::string>& more) const {
    std::vector<std::string> command = {sluice_binary(),    "evaluate", "--events",
                                        path("events.csv"), "--json",   path("figures.json")};
    command.insert(command.end(), more.begin(), more.end());
    return run_program(command);
  }
  [[nodiscard]] json read_json(const std::string& name) const {
    std::ifstream file(path(name));
    return json::parse(file);
  }
  [[nodiscard]] std::string service_config() const {
    std::ofstream(path("sluice.json")) << R"({"kafka": {"brokers": "127.0.0.1:1", "topics": ["events"]}})";
    return path("sluice.json");
  }

  std::filesystem::path folder_;
};

TEST_F(Baselines, every_shipped_configuration_can_be_evaluated) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / "config" / "baselines")) {
    const auto result = evaluate({"--config", entry.path()});
    EXPECT_EQ(result.exit_code, kDone) << entry.path() << '\n' << result.err;
    EXPECT_GT(read_json("figures.json").at("scored"), 0);
    ++count;
  }
  EXPECT_GE(count, 12U);
}

TEST_F(Baselines, the_service_refuses_them_before_it_connects_to_anything) {
  for (const std::string set : {"model.ranker=isgd", "model.ranker=popularity", "model.objective=rating"}) {
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{sluice_binary(), "check-config", service_config(), "--set", set},
          std::vector<std::string>{sluice_binary(), "run", "--config", service_config(), "--set", set}}) {
      const auto result = run_program(command);
      EXPECT_EQ(result.exit_code, kBadUsage) << command[1] << ' ' << set;
      EXPECT_THAT(result.err, HasSubstr("not for the service"));
    }
  }
}

TEST_F(Baselines, wrong_names_and_bounds_are_told_all_at_once) {
  const auto result = evaluate({"--set", "model.ranker=bpr", "--set", "model.parameters.stpe=0.1", "--set",
                                "model.parameters.factors=0"});
  EXPECT_EQ(result.exit_code, kBadUsage);
  EXPECT_THAT(result.err, HasSubstr("stpe is no parameter of bpr; did you mean step?"));
  EXPECT_THAT(result.err, HasSubstr("factors = 0 must be from 1 to 1024"));
  EXPECT_THAT(evaluate({"--set", "model.ranker=isdg"}).err, HasSubstr("did you mean isgd?"));
}

TEST_F(Baselines, ratings_are_told_as_rmse_and_mae) {
  ASSERT_EQ(evaluate({"--set", "model.objective=rating"}).exit_code, kDone);
  const json figures = read_json("figures.json");
  EXPECT_GT(figures.at("rmse"), figures.at("mae"));
  EXPECT_LT(figures.at("rmse"), 4);
  ASSERT_EQ(evaluate({}).exit_code, kDone);
  EXPECT_FALSE(read_json("figures.json").contains("rmse"));
  EXPECT_EQ(evaluate({"--set", "model.objective=rating", "--set", "model.ranker=bpr"}).exit_code, kBadUsage);
}

TEST_F(Baselines, compare_holds_them_against_the_model_event_by_event) {
  const auto result = run_program({sluice_binary(), "compare", "--events", path("events.csv"), "--config",
                                   "default", "--config", kRoot / "config" / "baselines" / "popularity.json",
                                   "--json", path("compared.json")});
  ASSERT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_GE(read_json("compared.json").at("a"), read_json("compared.json").at("b"));
}

TEST_F(Baselines, tune_finds_the_best_value_of_each) {
  const auto result =
      run_program({kRoot / "bench" / "tune", "--events", path("events.csv"), "--only",
                   "popularity,own_counts", "--sluice", sluice_binary(), "--json", path("tuned.json")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("blend:"));
  const json tuned = read_json("tuned.json");
  EXPECT_EQ(tuned.at("runs").size(), 8U + 5U);
  EXPECT_EQ(tuned.at("best").size(), 2U);
  for (const json& best : tuned.at("best")) {
    for (const json& run : tuned.at("runs")) {
      if (run.at("baseline") == best.at("baseline")) {
        EXPECT_LE(run.at("hit_rate10"), best.at("hit_rate10"));
      }
    }
  }
}

TEST_F(Baselines, tune_ends_with_the_exit_code_of_a_run_that_fails) {
  const auto result =
      run_program({kRoot / "bench" / "tune", "--events", path("none.csv"), "--sluice", sluice_binary()});
  EXPECT_EQ(result.exit_code, kNoData);
  EXPECT_THAT(result.err, HasSubstr("none.csv"));
}

TEST_F(Baselines, plot_draws_one_line_for_each_run) {
  ASSERT_EQ(evaluate({}).exit_code, kDone);
  const std::string file = path("figures.json");
  const auto result =
      run_program({kRoot / "bench" / "plot", "--title", "a < b", "one=" + file, "two=" + file});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = result.out.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 2U);
  EXPECT_THAT(result.out, HasSubstr("a &lt; b"));
  EXPECT_THAT(result.out, Not(HasSubstr("a < b")));
  EXPECT_NE(run_program({kRoot / "bench" / "plot", "one=" + path("events.csv")}).exit_code, 0);
}

}  // namespace
}  // namespace sluice::cli

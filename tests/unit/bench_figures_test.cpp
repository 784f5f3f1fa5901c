#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/figures.h"
#include "common/json.h"

namespace sluice::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Figure decoding(double value) {
  return {"decode_ids_per_s", "decode", "1k users", value, "events/s", Figure::Limit{"bare", 1'000'000},
          "decode_ids_share"};
}

TEST(BenchFigures, json_is_one_flat_object_of_values_limits_and_shares) {
  const Figure stall{"snapshot_longest_stall_ms", "stall", "", 12.5, "ms"};
  const auto json = nlohmann::json::parse(json_of({decoding(700'000), stall}));
  EXPECT_EQ(json, (nlohmann::json{{"decode_ids_per_s", 700'000},
                                  {"decode_ids_per_s_limit", 1'000'000},
                                  {"decode_ids_share", 0.7},
                                  {"snapshot_longest_stall_ms", 12.5}}));
}

TEST(BenchFigures, figures_survive_the_way_from_the_stage_to_the_table) {
  const Figure figure = from_line(to_line(decoding(123'456)));
  EXPECT_EQ(table_of({figure}), table_of({decoding(123'456)}));
  EXPECT_EQ(json_of({figure}), json_of({decoding(123'456)}));
}

TEST(BenchFigures, a_share_is_judged_by_what_the_share_must_be) {
  EXPECT_THAT(table_of({decoding(590'000)}), HasSubstr("short"));
  EXPECT_THAT(table_of({decoding(610'000)}), HasSubstr("must met"));
  EXPECT_THAT(table_of({decoding(810'000)}), HasSubstr("aim met"));
}

TEST(BenchFigures, of_times_less_is_better) {
  const auto start = [](double seconds) { return table_of({{"start_seconds", "start", "", seconds, "s"}}); };
  EXPECT_THAT(start(6), HasSubstr("short"));
  EXPECT_THAT(start(4), HasSubstr("must met"));
  EXPECT_THAT(start(1), HasSubstr("aim met"));
}

TEST(BenchFigures, a_figure_that_nobody_asked_for_is_not_judged) {
  const std::string table = table_of({{"something_else", "else", "", 1'234'567, "events/s"}});
  EXPECT_THAT(table, HasSubstr("1,234,567 events/s"));
  EXPECT_THAT(table, Not(HasSubstr("short")));
  EXPECT_THAT(table, Not(HasSubstr("met")));
}

}  // namespace
}  // namespace sluice::bench

#include "config/duration.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

using std::chrono::milliseconds;

TEST(Duration, is_a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(parse_duration("90s"), milliseconds{90'000});
  EXPECT_EQ(parse_duration("5m"), milliseconds{300'000});
  EXPECT_EQ(parse_duration("12h"), milliseconds{43'200'000});
  EXPECT_EQ(parse_duration("30d"), milliseconds{2'592'000'000});
  EXPECT_EQ(parse_duration("0s"), milliseconds{0});
}

TEST(Duration, anything_else_is_refused) {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "5sec", "5us",
                           "1h30m", "0x5s", "99999999999999999999s", "106751991168d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, is_printed_in_the_largest_unit_that_divides_it) {
  EXPECT_EQ(format_duration(milliseconds{0}), "0ms");
  EXPECT_EQ(format_duration(milliseconds{1'500}), "1500ms");
  EXPECT_EQ(format_duration(milliseconds{90'000}), "90s");
  EXPECT_EQ(format_duration(milliseconds{600'000}), "10m");
  EXPECT_EQ(format_duration(milliseconds{172'800'000}), "2d");
}

TEST(Duration, printed_text_means_the_same_duration) {
  for (std::int64_t ms = 1; ms < 10'000'000'000; ms = ms * 7 + 13) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds{ms})), milliseconds{ms});
  }
}

}  // namespace
}  // namespace sluice::config

#include <gtest/gtest.h>

#include "cli/text.h"

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;

TEST(CliText, a_field_cannot_break_its_line) {
  EXPECT_EQ(escape_field("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
  EXPECT_EQ(escape_field("größe"), "größe");
}

TEST(CliText, a_terminal_has_nothing_to_obey) {
  EXPECT_EQ(without_controls("a\x1b[2J\a\x7f b\tc\n"), "a\\u001b[2J\\u0007\\u007f b\tc\n");
  EXPECT_EQ(without_controls("größe \xC2\x9B"
                             "31m \xC2\xA0 日本"),
            "größe \\u009b31m \xC2\xA0 日本");
  EXPECT_EQ(without_controls("\x9B"
                             "1m \xC3 \xED\xA0\x80 \xF0\x9F\x98\x80"),
            "\uFFFD1m \uFFFD \uFFFD\uFFFD\uFFFD \xF0\x9F\x98\x80");
  EXPECT_EQ(escape_field("a\tb\x1b]0;x\a"), "a\\tb\\u001b]0;x\\u0007");
  EXPECT_EQ(without_controls(std::string_view("\0", 1)), "\\u0000");
}

TEST(CliText, ages_are_told_in_a_unit_that_fits) {
  EXPECT_EQ(age_text(milliseconds{0}), "0 ms");
  EXPECT_EQ(age_text(milliseconds{9'999}), "9999 ms");
  EXPECT_EQ(age_text(milliseconds{10'000}), "10 s");
  EXPECT_EQ(age_text(milliseconds{119'999}), "119 s");
  EXPECT_EQ(age_text(milliseconds{120'000}), "2 min");
  EXPECT_EQ(age_text(milliseconds{7'200'000}), "2 h");
  EXPECT_EQ(age_text(milliseconds{172'800'000}), "2 d");
  EXPECT_EQ(age_text(milliseconds{-5}), "-5 ms");
}

TEST(CliText, numbers_are_easy_to_read) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(bytes_text(512), "512 bytes");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(5ull << 30), "5.0 GiB");
  EXPECT_EQ(utc_text(1'718'000'000'123), "2024-06-10 06:13:20 UTC");
}

TEST(CliText, columns_line_up_whatever_the_alphabet) {
  EXPECT_EQ(table_text({{"item", "title"}, {"ü", "x"}, {"longer"}}), "item    title\nü       x\nlonger\n");
}

}  // namespace
}  // namespace sluice::cli

#include "sink/json_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "common/json.h"

namespace sluice::sink {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string json_number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

TEST(JsonText, numbers_of_four_decimals_are_short_and_all_read_back_as_they_were) {
  EXPECT_EQ(json_number(0), "0");
  EXPECT_EQ(json_number(-3.2741), "-3.2741");
  EXPECT_EQ(json_number(0.05), "0.05");
  EXPECT_EQ(json_number(0.0001), "0.0001");
  EXPECT_EQ(json_number(-100'000), "-100000");
  EXPECT_EQ(json_number(12.3), "12.3");
  EXPECT_EQ(json_number(9.9999), "9.9999");
  for (std::int64_t units = -1'000'000'000; units <= 1'000'000'000; units += 999'983) {
    const double value = static_cast<double>(units) / 10'000;
    ASSERT_EQ(nlohmann::json::parse(json_number(value)).get<double>(), value) << units;
  }
  for (const double value :
       {0.00005, 1.0 / 3, -2.00001, 999'999'999.9999, 1e9, -1e15, 1e300, 5e-324, 0.1 + 0.2}) {
    EXPECT_EQ(nlohmann::json::parse(json_number(value)).get<double>(), value);
  }
}

// Eight bytes are looked at together, so where a byte stands must make no difference.
TEST(JsonText, every_byte_is_told_from_its_neighbours_wherever_it_stands) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 19; ++at) {
      for (const char neighbour : {' ', '~', '!', '#', '[', ']'}) {
        std::string text(19, neighbour);
        text[at] = static_cast<char>(byte);
        const auto read = nlohmann::json::parse(json_string(text), nullptr, false);
        ASSERT_TRUE(read.is_string()) << "byte " << byte << " at " << at;
        if (byte >= 0x80) continue;  // replaced
        ASSERT_EQ(read.get<std::string>(), text) << "byte " << byte << " at " << at;
      }
    }
  }
}

TEST(JsonText, plain_text_of_any_length_stays_as_it_is) {
  const std::string plain = "The quick brown fox jumps over the lazy dog: 0123456789.";
  for (std::size_t size = 0; size <= plain.size(); ++size) {
    EXPECT_EQ(json_string(plain.substr(0, size)), '"' + plain.substr(0, size) + '"');
  }
}

}  // namespace
}  // namespace sluice::sink

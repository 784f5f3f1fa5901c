#include "sink/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sluice::sink {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
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

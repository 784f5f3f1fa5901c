#pragma once

#include <array>
#include <string_view>

namespace sluice::test {

struct BrokenEvent {
  std::string_view reason;  // as its dead letter says
  std::string_view payload;
};

// Ten ways to be broken, nine reasons.
inline constexpr auto kBrokenEvents = std::to_array<BrokenEvent>({
    {"not_json", "{\"user\": \"u1\", "},
    {"not_json", "\xff\xfe"},
    {"not_an_object", "[1,2,3]"},
    {"missing_user", R"({"item":"i1","timestamp":1700000000000})"},
    {"missing_item", R"({"user":"u1","timestamp":1700000000000})"},
    {"bad_user", R"({"user":{"id":1},"item":"i1","timestamp":1700000000000})"},
    {"bad_item", R"({"user":"u1","item":"","timestamp":1700000000000})"},
    {"bad_value", R"({"user":"u1","item":"i1","value":"many","timestamp":1700000000000})"},
    {"bad_timestamp", R"({"user":"u1","item":"i1","timestamp":"yesterday"})"},
    {"bad_type", R"({"user":"u1","item":"i1","type":7,"timestamp":1700000000000})"},
});

}  // namespace sluice::test

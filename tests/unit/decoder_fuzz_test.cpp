#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>

#include "common/json.h"
#include "ingest/decoder.h"
#include "ingest/event_time.h"

namespace sluice::ingest {
namespace {

constexpr Timestamp kFuzzedRecordTime = from_unix_ms(1'718'000'000'000);

const std::array<std::string, 9> kSeeds = {
    R"({"user":"u1","item":"i9","type":"view","value":2.5,"timestamp":1717999999123})",
    R"({"item":-5,"user":18446744073709551615,"timestamp":"2024-06-10T06:13:20.123+02:00"})",
    R"( { "x" : { "user" : [ 1, { "item" : null } ] }, "us\u0065r":"\ud83d\ude00", "item":"\n\"" })",
    R"({"type":"erase_user","user":"u"})",
    R"({"type":"retract","user":"u","item":"i","timestamp":1718000000})",
    R"({"type":"hide_item","item":17})",
    R"([{"user":1}])",
    "{\"user\":\"\u00e9\u4e2d\",\"item\":\"i\",\"value\":-1e-3,\"more\":[true,false,null,1e5,[[[]]],{}]}",
    R"({"who":{"id":"u","at":1718000000.5},"list":[1,"i"]})",
};
constexpr std::string_view kInteresting = "{}[]\",:\\0129.eE+-tfnu \x80\xff\xed\xa0";

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = kSeeds[below(kSeeds.size())];
    for (std::size_t i = 0, count = below(4); i <= count; ++i) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  void mutate(std::string& text) {
    const std::size_t at = below(text.size());
    switch (below(7)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random_());
        break;
      case 1:
        text.insert(at, 1, kInteresting[below(kInteresting.size())]);
        break;
      case 2:
        if (!text.empty()) text.erase(at, 1 + below(5));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), below(20)));
        break;
      case 5:
        text += kSeeds[below(kSeeds.size())].substr(below(10));
        break;
      default:
        if (!text.empty()) text[at] = kInteresting[below(kInteresting.size())];
        break;
    }
  }
  std::mt19937_64 random_;
};

bool has_zero_byte(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

// By an independent parser; nothing where that stops at a number beyond a double, which is JSON nevertheless,
// or takes a zero byte for the text's end.
std::optional<bool> is_json(const std::string& text) {
  if (has_zero_byte(text)) return std::nullopt;
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::parse_error&) {
    return false;
  } catch (const nlohmann::json::out_of_range&) {
    return std::nullopt;
  }
}

bool acceptable_id(std::string_view id, const config::EventOptions& options) {
  return !id.empty() && id.size() <= options.max_id_bytes && simdjson::validate_utf8(id.data(), id.size());
}

void expect_sound(const Event& event, const config::EventOptions& options, const std::string& text) {
  ASSERT_TRUE(acceptable_id(event.user, options) && acceptable_id(event.item, options)) << text;
  ASSERT_TRUE(std::isfinite(event.weight) && event.weight != 0 && std::abs(event.weight) <= 1e6) << text;
  ASSERT_TRUE(std::abs(event.value) <= 1e6) << text;
  ASSERT_TRUE(is_event_time(event.time)) << text;
  ASSERT_LE(event.time, kFuzzedRecordTime + options.max_future) << text;
}

void fuzz(const config::EventOptions& options, std::uint64_t seed, int rounds) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(seed);
  Decoder decoder(options);
  for (int i = 0; i < rounds; ++i) {
    const std::string text = mutator.next();
    const Decoded decoded = decoder.decode("key", text, kFuzzedRecordTime);
    const auto* reason = std::get_if<RejectReason>(&decoded);
    const bool refused_as_json = reason != nullptr && *reason == RejectReason::not_json;
    if (const auto valid = is_json(text); valid && !text.empty()) {
      ASSERT_EQ(refused_as_json, !*valid) << text;
    }
    if (has_zero_byte(text)) {
      ASSERT_NE(reason, nullptr) << text;  // JSON has none anywhere
    }
    ASSERT_TRUE(reason == nullptr || *reason != RejectReason::none) << text;
    if (const auto* event = std::get_if<Event>(&decoded)) expect_sound(*event, options, text);
    if (const auto* control = std::get_if<Control>(&decoded)) {
      ASSERT_TRUE(acceptable_id(control->user, options) || acceptable_id(control->item, options)) << text;
    }
  }
}

int rounds() {
  const char* const wanted = std::getenv("SLUICE_FUZZ_ROUNDS");
  return wanted == nullptr ? 100'000 : std::atoi(wanted);
}

TEST(DecoderFuzz, AgreesWithAStrictParserOnMutatedRecords) {
  fuzz({}, 20'240'610, rounds());
}

TEST(DecoderFuzz, AgreesWithAStrictParserOnMutatedRecordsOfANestedMapping) {
  config::EventOptions options;
  options.user_field = "/who/id";
  options.timestamp_field = "/who/at";
  options.item_field = "/list/1";
  options.value_field = "/list/0";
  fuzz(options, 7, rounds());
}

TEST(DecoderFuzz, SurvivesEveryTruncationAndEveryByteOfAGoodRecord) {
  Decoder decoder({});
  for (const std::string& seed : kSeeds) {
    for (std::size_t size = 0; size < seed.size(); ++size) {
      const Decoded decoded = decoder.decode({}, std::string_view(seed).substr(0, size), kFuzzedRecordTime);
      EXPECT_TRUE(std::holds_alternative<RejectReason>(decoded)) << seed.substr(0, size);
    }
    for (std::size_t at = 0; at < seed.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = seed;
        text[at] = static_cast<char>(byte);
        const Decoded decoded = decoder.decode({}, text, kFuzzedRecordTime);
        if (const auto* event = std::get_if<Event>(&decoded)) expect_sound(*event, {}, text);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::ingest

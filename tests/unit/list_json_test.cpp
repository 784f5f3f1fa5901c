#include "sink/list_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "common/json.h"
#include "config/schema.h"
#include "sink/json_text.h"
#include "sink/list_compact.h"
#include "support/sample_lists.h"

namespace sluice::sink {
namespace {

using test::expect_equal;
using test::random_list;
using test::sample_list;

std::string json_of(const List& list) {
  std::string out;
  append_list_json(out, list);
  return out;
}

std::string compact_of(const List& list) {
  std::string out;
  append_list_compact(out, list);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(ListJson, document_is_the_published_one_to_the_letter) {
  EXPECT_EQ(json_of(sample_list()),
            R"({"v":1,"user":"u","items":[{"id":"i","score":1.23,"why":["covisit"]},)"
            R"({"id":"j","score":-0.5,"why":[]}],"epoch":7,"partition":0,"offset":99,)"
            R"("event_ms":1718000000123,"made_ms":1718000000456})");
}

TEST(ListJson, empty_list_is_a_document_too) {
  const auto parsed = parse_list_json(json_of(List{}));
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.value().items.empty());
}

TEST(ListJson, a_score_that_is_no_number_is_published_as_zero) {
  for (const float score :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    List list = sample_list();
    list.items[0].score = score;
    const auto from_json = parse_list_json(json_of(list));
    ASSERT_TRUE(from_json.ok());
    EXPECT_EQ(from_json.value().items[0].score, 0);
    const auto from_compact = parse_list_compact(compact_of(list));
    ASSERT_TRUE(from_compact.ok());
    EXPECT_EQ(from_compact.value().items[0].score, 0);
  }
}

TEST(ListJson, ids_of_the_greatest_length_come_back_from_either_form) {
  const auto* const longest = config::find_spec("events.max_id_bytes");
  ASSERT_NE(longest, nullptr);
  const auto bytes = static_cast<std::size_t>(std::get<config::Range>(longest->bounds).most);
  List list = sample_list();
  list.user = std::string(bytes, 'u');
  list.items[0].item = std::string(bytes, 'i');
  for (const auto& parsed : {parse_list_json(json_of(list)), parse_list_compact(compact_of(list))}) {
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().user, list.user);
    EXPECT_EQ(parsed.value().items[0].item, list.items[0].item);
  }
}

TEST(ListJson, quotes_backslashes_and_control_characters_are_escaped) {
  EXPECT_EQ(quoted("a\"b\\c\n\r\t\x01\x1f"), R"("a\"b\\c\n\r\t\u0001\u001f")");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(ListJson, well_formed_utf8_stays_as_it_is) {
  EXPECT_EQ(quoted("ä€😀"), "\"ä€😀\"");
}

TEST(ListJson, broken_utf8_becomes_the_replacement_character) {
  for (const char* bad : {"\xff", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80"}) {
    const std::string text = quoted(bad);
    EXPECT_NE(text.find("\xEF\xBF\xBD"), std::string::npos);
    EXPECT_FALSE(nlohmann::json::parse(text, nullptr, false).is_discarded()) << text;
  }
}

TEST(ListJson, any_bytes_in_an_id_still_make_valid_json) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    List list = sample_list();
    list.items[0].item.clear();
    for (auto n = random() % 12; n > 0; --n) list.items[0].item += static_cast<char>(random());
    EXPECT_TRUE(parse_list_json(json_of(list)).ok());
  }
}

TEST(ListJson, every_score_reads_back_as_the_same_float) {
  for (const float score :
       {0.0F, -0.0F, 1.0F / 3, 1e-30F, -3.4e38F, std::numeric_limits<float>::denorm_min()}) {
    List list = sample_list();
    list.items[0].score = score;
    const auto parsed = parse_list_json(json_of(list));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.value().items[0].score, score);
  }
}

TEST(ListJson, random_lists_survive_both_forms) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    const List list = random_list(random);
    for (const std::string& document : {json_of(list), compact_of(list)}) {
      const auto parsed = parse_list(document);
      ASSERT_TRUE(parsed.ok()) << parsed.error();
      expect_equal(parsed.value(), list);
    }
  }
}

TEST(ListJson, unknown_fields_are_passed_over) {
  nlohmann::json document = nlohmann::json::parse(json_of(sample_list()));
  document["later"] = {1, 2};
  EXPECT_TRUE(parse_list_json(document.dump()).ok());
}

TEST(ListJson, error_names_the_field) {
  const auto error_with = [](const char* pointer, const nlohmann::json& value) {
    nlohmann::json document = nlohmann::json::parse(json_of(sample_list()));
    document[nlohmann::json::json_pointer(pointer)] = value;
    const auto parsed = parse_list_json(document.dump());
    return parsed.ok() ? std::string() : parsed.error();
  };
  EXPECT_EQ(error_with("/v", 2), "v is 2, this program reads 1");
  EXPECT_EQ(error_with("/user", 5), "user is not a string");
  EXPECT_EQ(error_with("/items", "x"), "items is not an array");
  EXPECT_EQ(error_with("/items/1", 3), "items[1] is not an object");
  EXPECT_EQ(error_with("/items/1/score", "high"), "items[1].score is not a number");
  EXPECT_EQ(error_with("/items/1/score", 1e300), "items[1].score is out of range");
  EXPECT_EQ(error_with("/items/0/why", nullptr), "items[0].why is not an array");
  EXPECT_EQ(error_with("/partition", 3'000'000'000), "partition is out of range");
  EXPECT_EQ(error_with("/epoch", -1), "epoch is out of range");
  EXPECT_EQ(error_with("/offset", 1.5), "offset is not a whole number");
}

TEST(ListJson, missing_field_and_broken_json_are_told_apart) {
  EXPECT_EQ(parse_list_json("{}").error(), "v is missing");
  EXPECT_EQ(parse_list_json(R"({"v":1)").error(), "it is not valid JSON");
  EXPECT_EQ(parse_list_json("[]").error(), "it is not an object");
}

TEST(ListCompact, layout_is_the_documented_one) {
  const std::string document = compact_of(sample_list());
  const std::string expected = std::string("SL\x01\x01", 4) + std::string("\0\0\0\0", 4) +
                               std::string("\x07\0\0\0\0\0\0\0", 8) + std::string("\x63\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(document.substr(0, expected.size()), expected);
  EXPECT_EQ(document.substr(40, 5), std::string("\x01\0\x02\0u", 5));
  EXPECT_EQ(document.substr(45, 8),
            "\x07"
            "covisit");
  // f32 1.23, one signal, one byte of id, signal 0, "i"
  EXPECT_EQ(document.substr(53, 9), std::string("\xa4\x70\x9d\x3f\x01\x01\0\0i", 9));
}

TEST(ListCompact, entry_costs_at_most_sixteen_bytes_beside_its_id) {
  List list = sample_list();
  for (int i = 0; i < 100; ++i)
    list.items.push_back({"12345678", 1.0F / static_cast<float>(i + 1), {"covisit"}});
  const std::size_t with_hundred = compact_of(list).size();
  EXPECT_LE(with_hundred - compact_of(sample_list()).size(), 100U * 16U);
}

TEST(ListCompact, every_truncation_is_refused) {
  const std::string document = compact_of(sample_list());
  for (std::size_t size = 0; size < document.size(); ++size) {
    EXPECT_FALSE(parse_list_compact(document.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(parse_list_compact(document + "x").ok());
}

TEST(ListCompact, no_change_of_a_byte_brings_the_parser_down) {
  const std::string document = compact_of(sample_list());
  for (std::size_t at = 0; at < document.size(); ++at) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string changed = document;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      static_cast<void>(parse_list(changed).ok());
    }
  }
}

}  // namespace
}  // namespace sluice::sink

#include "sink/list_json.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "sink/json_text.h"

namespace sluice::sink {
namespace {

using nlohmann::json;

template <typename T>
void append_number(std::string& out, T value) {
  std::array<char, 32> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void append_entry(std::string& out, const ListEntry& entry) {
  assert(std::isfinite(entry.score));
  out += R"({"id":)";
  append_json_string(out, entry.item);
  out += R"(,"score":)";
  append_number(out, std::isfinite(entry.score) ? entry.score : 0.0F);
  out += R"(,"why":[)";
  for (std::size_t i = 0; i < entry.why.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, entry.why[i]);
  }
  out += "]}";
}

// Thrown inside parse_list_json only.
struct BadField {
  std::string text;
};

const json& field(const json& object, std::string_view where, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) throw BadField{std::string(where) + name + " is missing"};
  return *found;
}

std::string text_of(const json& object, std::string_view where, const char* name) {
  const json& value = field(object, where, name);
  if (!value.is_string()) throw BadField{std::string(where) + name + " is not a string"};
  return value.get<std::string>();
}

template <typename T>
T whole_number_of(const json& object, const char* name) {
  const json& value = field(object, "", name);
  if (!value.is_number_integer()) throw BadField{std::string(name) + " is not a whole number"};
  const bool fits = value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                               : std::in_range<T>(value.get<std::int64_t>());
  if (!fits) throw BadField{std::string(name) + " is out of range"};
  return value.get<T>();
}

ListEntry entry_of(const json& object, std::size_t index) {
  const std::string where = "items[" + std::to_string(index) + "].";
  if (!object.is_object()) throw BadField{"items[" + std::to_string(index) + "] is not an object"};
  ListEntry entry;
  entry.item = text_of(object, where, "id");
  const json& score = field(object, where, "score");
  if (!score.is_number()) throw BadField{where + "score is not a number"};
  entry.score = score.get<float>();
  if (!std::isfinite(entry.score)) throw BadField{where + "score is out of range"};
  const json& why = field(object, where, "why");
  if (!why.is_array()) throw BadField{where + "why is not an array"};
  for (const json& name : why) {
    if (!name.is_string()) throw BadField{where + "why holds something that is not a string"};
    entry.why.push_back(name.get<std::string>());
  }
  return entry;
}

List list_of(const json& document) {
  if (!document.is_object()) throw BadField{"it is not an object"};
  const auto version = whole_number_of<int>(document, "v");
  if (version != kListVersion) throw BadField{"v is " + std::to_string(version) + ", this program reads 1"};
  List list;
  list.user = text_of(document, "", "user");
  const json& items = field(document, "", "items");
  if (!items.is_array()) throw BadField{"items is not an array"};
  for (const json& item : items) list.items.push_back(entry_of(item, list.items.size()));
  list.epoch = Epoch{whole_number_of<std::uint64_t>(document, "epoch")};
  list.partition = PartitionId{whole_number_of<std::int32_t>(document, "partition")};
  list.offset = Offset{whole_number_of<std::int64_t>(document, "offset")};
  list.event_time = from_unix_ms(whole_number_of<std::int64_t>(document, "event_ms"));
  list.made = from_unix_ms(whole_number_of<std::int64_t>(document, "made_ms"));
  return list;
}

}  // namespace

void append_list_json(std::string& out, const List& list) {
  out += R"({"v":1,"user":)";
  append_json_string(out, list.user);
  out += R"(,"items":[)";
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) out += ',';
    append_entry(out, list.items[i]);
  }
  out += R"(],"epoch":)";
  append_number(out, static_cast<std::uint64_t>(list.epoch));
  out += R"(,"partition":)";
  append_number(out, static_cast<std::int32_t>(list.partition));
  out += R"(,"offset":)";
  append_number(out, static_cast<std::int64_t>(list.offset));
  out += R"(,"event_ms":)";
  append_number(out, to_unix_ms(list.event_time));
  out += R"(,"made_ms":)";
  append_number(out, to_unix_ms(list.made));
  out += '}';
}

Result<List, std::string> parse_list_json(std::string_view document) {
  const json parsed = json::parse(document.begin(), document.end(), nullptr, false);
  if (parsed.is_discarded()) return std::string("it is not valid JSON");
  try {
    return list_of(parsed);
  } catch (const BadField& bad) {
    return bad.text;
  }
}

}  // namespace sluice::sink

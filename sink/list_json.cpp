#include "sink/list_json.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "common/json.h"
#include "sink/json_text.h"

namespace sluice::sink {
namespace {

using nlohmann::json;

void append_parts(std::string& out, double own, double common) {
  append_json_number(out, own);
  out += ',';
  append_json_number(out, common);
}

void append_live_parts(std::string& out, const LiveParts& live) {
  out += R"(,"base":)";
  append_json_number(out, live.base);
  out += R"(,"history":)";
  append_json_number(out, live.history);
  out += R"(,"last_ms":)";
  append_json_number(out, to_unix_ms(live.last_take));
  out += R"(,"kept":[)";
  for (std::size_t i = 0; i < live.kept.size(); ++i) {
    out += i > 0 ? ",[" : "[";
    append_json_string(out, live.kept[i].id);
    out += ',';
    append_parts(out, live.kept[i].own, live.kept[i].common);
    out += ']';
  }
  out += R"(],"seen":")";
  out += live.seen;
  out += '"';
}

void append_entry(std::string& out, const ListEntry& entry, bool with_parts) {
  out += R"({"id":)";
  append_json_string(out, entry.item);
  out += R"(,"score":)";
  append_json_number(out, std::isfinite(entry.score) ? entry.score : 0.0F);
  out += R"(,"why":[)";
  for (std::size_t i = 0; i < entry.why.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, entry.why[i]);
  }
  out += ']';
  if (with_parts) {
    out += R"(,"own":)";
    append_json_number(out, entry.own);
    out += R"(,"common":)";
    append_json_number(out, entry.common);
  }
  out += '}';
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

double part_of(const json& value, const std::string& where) {
  if (!value.is_number()) throw BadField{where + " is not a number"};
  return value.get<double>();
}

// Documents without a base stem from a service that keeps nothing for merging.
void read_live_parts(const json& document, List& list) {
  LiveParts live;
  live.base = part_of(field(document, "", "base"), "base");
  live.history = whole_number_of<std::uint32_t>(document, "history");
  live.last_take = from_unix_ms(whole_number_of<std::int64_t>(document, "last_ms"));
  live.seen = text_of(document, "", "seen");
  const json& kept = field(document, "", "kept");
  if (!kept.is_array()) throw BadField{"kept is not an array"};
  for (const json& entry : kept) {
    if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string()) {
      throw BadField{"kept holds something that is not [id, own, common]"};
    }
    live.kept.push_back({entry[0].get<std::string>(), part_of(entry[1], "kept"), part_of(entry[2], "kept")});
  }
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const std::string where = "items[" + std::to_string(i) + "].";
    const json& item = document["items"][i];
    list.items[i].own = part_of(field(item, where, "own"), where + "own");
    list.items[i].common = part_of(field(item, where, "common"), where + "common");
  }
  list.live = std::move(live);
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
  if (document.contains("base")) read_live_parts(document, list);
  return list;
}

}  // namespace

void append_list_json(std::string& out, const List& list) {
  out += R"({"v":1,"user":)";
  append_json_string(out, list.user);
  out += R"(,"items":[)";
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) out += ',';
    append_entry(out, list.items[i], list.live.has_value());
  }
  out += R"(],"epoch":)";
  append_json_number(out, static_cast<std::uint64_t>(list.epoch));
  out += R"(,"partition":)";
  append_json_number(out, static_cast<std::int32_t>(list.partition));
  out += R"(,"offset":)";
  append_json_number(out, static_cast<std::int64_t>(list.offset));
  out += R"(,"event_ms":)";
  append_json_number(out, to_unix_ms(list.event_time));
  out += R"(,"made_ms":)";
  append_json_number(out, to_unix_ms(list.made));
  if (list.live) append_live_parts(out, *list.live);
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

#include "sink/live_list.h"

#include <algorithm>
#include <utility>

#include "common/json.h"
#include "common/seen_code.h"
#include "sink/json_text.h"

namespace sluice::sink {
namespace {

using nlohmann::json;

bool is_entry(const json& pair) {
  return pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_number();
}

}  // namespace

void append_live_list(std::string& out, const LiveList& list) {
  out += R"({"v":1,"context":)";
  append_json_number(out, list.context);
  out += R"(,"items":[)";
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    out += i > 0 ? ",[" : "[";
    append_json_string(out, list.items[i].id);
    out += ',';
    append_json_number(out, list.items[i].common);
    out += ']';
  }
  out += R"(],"epoch":)";
  append_json_number(out, static_cast<std::uint64_t>(list.epoch));
  out += R"(,"event_ms":)";
  append_json_number(out, to_unix_ms(list.event_time));
  out += R"(,"made_ms":)";
  append_json_number(out, to_unix_ms(list.made));
  out += '}';
}

Result<LiveList, std::string> parse_live_list(std::string_view document) {
  const json parsed = json::parse(document.begin(), document.end(), nullptr, false);
  if (!parsed.is_object()) return std::string("it is not a JSON object");
  const auto whole = [&](const char* name) {
    const auto found = parsed.find(name);
    return found != parsed.end() && found->is_number_integer();
  };
  for (const char* name : {"v", "context", "epoch", "event_ms", "made_ms"}) {
    if (!whole(name)) return std::string(name) + " is no whole number";
  }
  if (parsed["v"] != 1) return std::string("v is not 1");
  const auto items = parsed.find("items");
  if (items == parsed.end() || !items->is_array()) return std::string("items is not an array");
  LiveList list;
  for (const json& pair : *items) {
    if (!is_entry(pair)) return std::string("items holds something that is not [id, number]");
    list.items.push_back({pair[0].get<std::string>(), pair[1].get<double>()});
  }
  list.context = parsed["context"].get<std::uint32_t>();
  list.epoch = Epoch{parsed["epoch"].get<std::uint64_t>()};
  list.event_time = from_unix_ms(parsed["event_ms"].get<std::int64_t>());
  list.made = from_unix_ms(parsed["made_ms"].get<std::int64_t>());
  return list;
}

std::vector<ListEntry> merge_live(const std::vector<ListEntry>& shown, const LiveParts& parts,
                                  std::span<const LiveEntry<std::string>> live) {
  std::vector<KeptEntry<std::string>> entries;
  for (const ListEntry& entry : shown) entries.push_back({entry.item, entry.own, entry.common});
  entries.insert(entries.end(), parts.kept.begin(), parts.kept.end());
  const auto is_seen = [&](std::size_t place) {
    return holds_seen_code(parts.seen, seen_code(live[place].id));
  };
  std::vector<ListEntry> merged;
  for (const auto& entry :
       sluice::merge_live<std::string>(entries, parts.base, live, is_seen, entries.size() + live.size())) {
    const auto was_shown = std::ranges::find(shown, entry.id, &ListEntry::item);
    const bool was_kept = std::ranges::find(entries, entry.id, &KeptEntry<std::string>::id) != entries.end();
    ListEntry& item = merged.emplace_back();
    item.item = entry.id;
    item.score = static_cast<float>(entry.score);
    if (was_shown != shown.end()) item.why = was_shown->why;
    if (!was_kept) item.why = {"live"};
  }
  return merged;
}

std::uint32_t live_context(std::uint32_t history, Timestamp last_take, Timestamp now) {
  using namespace std::chrono_literals;
  if (history == 0) return 0;
  const auto pause = now - last_take;
  return 1 + 3 * (history - 1) + (pause < 30min ? 0U : (pause < 24h ? 1U : 2U));
}

}  // namespace sluice::sink

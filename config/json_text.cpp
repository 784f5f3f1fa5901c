#include "config/json_text.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::config {
namespace {

using nlohmann::json;

// "line 3, column 7" of a byte offset that counts from 1.
std::string position(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto line_start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - line_start + 1);
}

// Collects keys that an object holds twice, of which nlohmann/json silently keeps the last.
class DuplicateKeys {
 public:
  bool operator()(json::parse_event_t event, const json& parsed) {
    if (event == json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == json::parse_event_t::key) {
      open_.back().last = parsed.get<std::string>();
      if (!open_.back().keys.insert(open_.back().last).second) twice_.push_back(path());
    }
    return true;
  }
  [[nodiscard]] const std::vector<std::string>& twice() const { return twice_; }

 private:
  struct Object {
    std::set<std::string> keys;
    std::string last;
  };
  [[nodiscard]] std::string path() const {
    std::string joined;
    for (const Object& object : open_) joined += (joined.empty() ? "" : ".") + object.last;
    return joined;
  }
  std::vector<Object> open_;
  std::vector<std::string> twice_;
};

}  // namespace

JsonText parse_json_text(std::string_view text) {
  JsonText result;
  DuplicateKeys duplicates;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) { return duplicates(event, parsed); };
  try {
    result.object = json::parse(text, watch, true, true);
  } catch (const json::parse_error& error) {  // its text quotes the file, secrets and all
    result.error = "is not valid JSON at " + position(text, error.byte);
  } catch (const json::exception&) {
    result.error = "holds a number that is too large";
  }
  if (result.error.empty() && !result.object.is_object()) result.error = "must be a JSON object";
  result.twice = duplicates.twice();
  return result;
}

}  // namespace sluice::config

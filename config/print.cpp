#include "config/print.h"

#include <cctype>
#include <string_view>

#include "common/json.h"
#include "config/schema.h"
#include "config/secrets.h"
#include "config/values.h"

namespace sluice::config {
namespace {

using nlohmann::ordered_json;

ordered_json masked(const Spec& spec, ordered_json value) {
  if (spec.secret && value != "") return kMask;
  if (spec.path == "redis.url") return mask_url(value.get<std::string>());
  if (spec.path == "kafka.properties") {
    for (auto& [name, entry] : value.items()) {
      if (is_secret_property(name)) entry = kMask;
    }
  }
  return value;
}

std::string_view section_of(std::string_view path) {
  const auto dot = path.find('.');
  return dot == path.npos ? std::string_view{} : path.substr(0, dot);
}
std::string_view name_of(std::string_view path) {
  return path.substr(path.find('.') + 1);
}  // npos + 1 is 0

void append_comment(std::string& text, std::string_view indent, std::string_view comment) {
  while (true) {
    const auto end = comment.find('\n');
    text.append(indent).append("// ").append(comment.substr(0, end)).append("\n");
    if (end == comment.npos) return;
    comment.remove_prefix(end + 1);
  }
}

// `"name": value`, without the comma.
void append_option(std::string& text, const Spec& spec, Options& defaults, std::string_view indent) {
  append_comment(text, indent, spec.description);
  if (const std::string bounds = bounds_text(spec); !bounds.empty()) {
    append_comment(
        text, indent,
        static_cast<char>(std::toupper(static_cast<unsigned char>(bounds[0]))) + bounds.substr(1) + ".");
  }
  const std::string value =
      spec.example.empty() ? to_json(spec.in(defaults)).dump() : std::string(spec.example);
  text.append(indent).append("\"").append(name_of(spec.path)).append("\": ").append(value);
}

std::string_view description_of(std::string_view section) {
  for (const Section& known : sections()) {
    if (known.name == section) return known.description;
  }
  return {};
}

}  // namespace

std::string dump(const Options& options) {
  Options copy = options;  // slots are of mutable options
  ordered_json root;
  for (const Spec& spec : schema()) {
    const auto section = section_of(spec.path);
    ordered_json& object = section.empty() ? root : root[std::string(section)];
    object[std::string(name_of(spec.path))] = masked(spec, to_json(spec.in(copy)));
  }
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string default_file() {
  Options defaults;
  std::string text =
      "// Every option of Sluice with its default. Made by `sluice check-config --print-default`.\n"
      "// Durations are text: a whole number and ms, s, m, h or d. What is left out has its default.\n{\n";
  std::string_view section;
  bool first = true;
  for (const Spec& spec : schema()) {
    const auto next = section_of(spec.path);
    const bool changes = next != section;
    if (changes && !section.empty()) text += "\n  }";
    if (!first) text += changes ? ",\n\n" : ",\n";
    if (changes) {
      append_comment(text, "  ", description_of(next));
      text.append("  \"").append(next).append("\": {\n");
    }
    append_option(text, spec, defaults, next.empty() ? "  " : "    ");
    section = next;
    first = false;
  }
  return text + "\n  }\n}\n";
}

}  // namespace sluice::config

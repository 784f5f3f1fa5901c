#include "config/load.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "common/json.h"
#include "config/checks.h"
#include "config/json_text.h"
#include "config/schema.h"
#include "config/secrets.h"
#include "config/suggest.h"
#include "config/values.h"

namespace sluice::config {
namespace {

using nlohmann::json;

constexpr std::string_view kVariablePrefix = "SLUICE_";

// Whether the value at this path is a secret as a whole.
bool is_secret(std::string_view path) {
  const Spec* spec = find_spec(path);
  const Spec* map_spec = find_map_spec(path);
  return (spec != nullptr && spec->secret) ||
         (map_spec != nullptr && is_secret_property(path.substr(map_spec->path.size())));
}

// One line of at most this many bytes; never a secret, and nothing of a value that holds several options.
std::string shown_value(std::string_view path, const json& value) {
  constexpr std::size_t kMostBytes = 120;
  const bool has_url = path == "redis.url";
  if (is_secret(path) || (has_url && !value.is_string())) return '"' + std::string(kMask) + '"';
  if (path == "kafka.properties" || (find_spec(path) == nullptr && value.is_structured())) return {};
  const json shown = has_url ? json(mask_url(value.get<std::string>())) : value;
  std::string text = shown.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kMostBytes) text = text.substr(0, kMostBytes) + "...";
  return text;
}

std::string variable_of(std::string_view path) {
  std::string name(kVariablePrefix);
  for (const char c : path) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return name;
}

// "SASL__PASSWORD" is "sasl.password".
std::string entry_of_variable(std::string_view rest) {
  std::string name;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest.substr(i, 2) == "__") {
      name += '.';
      ++i;
    } else {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(rest[i])));
    }
  }
  return name;
}

// A value that was a file once, as a secret that `echo` made, ends with that file's line end. One is taken
// off, as redis.password_file loses it.
std::string without_line_end(std::string text) {
  if (!text.ends_with('\n')) return text;
  text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

class Loader {
 public:
  void read_text(const Sources& sources);
  void read_environment(const std::map<std::string, std::string>& variables);
  void read_override(const std::string& override_text);
  void finish(Purpose purpose, const std::vector<Check>& more_checks);
  [[nodiscard]] Loaded take() { return std::move(loaded_); }

 private:
  void walk(const json& object, const std::string& prefix);
  void unknown(const std::string& path, const std::string& origin);
  void put(const Spec& spec, const json& value, const std::string& origin);
  // One entry of an object of free names, the others stay.
  void put_entry(const Spec& spec, const std::string& name, const json& value, const std::string& origin);
  void read_variable(const std::string& name, const std::string& text);
  void add(std::string path, std::string value, std::string message) {
    loaded_.problems.push_back({std::move(path), std::move(value), std::move(message)});
  }

  Loaded loaded_;
  bool readable_ = true;  // the text is an object: else what it lacks is not worth a word
};

void Loader::read_text(const Sources& sources) {
  const JsonText parsed = parse_json_text(sources.text);
  for (const std::string& path : parsed.twice) add(path, "", "is given twice");
  readable_ = parsed.error.empty();
  if (readable_) {
    walk(parsed.object, "");
  } else {
    add(sources.name, "", parsed.error);
  }
}

void Loader::walk(const json& object, const std::string& prefix) {
  for (const auto& [key, value] : object.items()) {
    const std::string path = prefix + key;
    const bool is_section =
        prefix.empty() && std::ranges::find(sections(), key, &Section::name) != sections().end();
    const Spec* spec = find_spec(path);
    if (spec != nullptr && key.find('.') != key.npos) {
      add(path, "", "must stand inside the object " + key.substr(0, key.find('.')));
    } else if (spec != nullptr) {
      put(*spec, value, "");
    } else if (!is_section) {
      unknown(path, "");
    } else if (!value.is_object()) {
      add(path, "", "must be an object");
    } else {
      walk(value, path + ".");
    }
  }
}

void Loader::unknown(const std::string& path, const std::string& origin) {
  std::vector<std::string> known;
  const std::string leaf = path.substr(path.rfind('.') == path.npos ? 0 : path.rfind('.') + 1);
  std::optional<std::string> meant;
  for (const Spec& spec : schema()) {
    known.emplace_back(spec.path);
    if (spec.path.ends_with("." + leaf)) meant = spec.path;  // right name, wrong section
  }
  for (const Section& section : sections()) known.emplace_back(section.name);
  if (const auto nearest = nearest_name(path, known); nearest && (!meant || nearest->ends_with(leaf)))
    meant = nearest;
  add(path, "", "is no option" + (meant ? "; did you mean " + *meant + "?" : std::string()) + origin);
}

void Loader::put(const Spec& spec, const json& value, const std::string& origin) {
  if (const auto bad = assign(spec, loaded_.options, value)) {
    add(bad->path, shown_value(bad->path, bad->value), "must be " + bad->must_be + origin);
  }
}

void Loader::put_entry(const Spec& spec, const std::string& name, const json& value,
                       const std::string& origin) {
  json whole = to_json(spec.in(loaded_.options));
  whole[name] = value;
  put(spec, whole, origin);
}

void Loader::read_variable(const std::string& name, const std::string& text) {
  const std::string origin = " (from " + name + ")";
  const auto names = [&](const Spec& spec) { return variable_of(spec.path) == name; };
  if (const auto spec = std::ranges::find_if(schema(), names); spec != schema().end()) {
    return put(*spec, value_of_text(*spec, text), origin);
  }
  for (const std::string_view path : {"redis.username", "redis.password"}) {
    std::string with_one_underscore(kVariablePrefix);
    with_one_underscore += variable_of(path.substr(0, path.find('.'))).substr(kVariablePrefix.size()) + "_" +
                           variable_of(path.substr(path.find('.') + 1)).substr(kVariablePrefix.size());
    if (name == with_one_underscore) return put(*find_spec(path), json(text), origin);
  }
  const std::string path = entry_of_variable(std::string_view(name).substr(kVariablePrefix.size()));
  if (const Spec* spec = find_map_spec(path)) {
    return put_entry(*spec, path.substr(spec->path.size() + 1), value_of_entry_text(*spec, text), origin);
  }
  const auto dot = path.find('.');
  const bool in_section =
      std::ranges::find(sections(), path.substr(0, dot), &Section::name) != sections().end();
  if (dot != path.npos && in_section) unknown(path, origin);
}

void Loader::read_environment(const std::map<std::string, std::string>& variables) {
  for (const auto& [name, text] : variables) {
    if (name.starts_with(kVariablePrefix)) read_variable(name, without_line_end(text));
  }
}

void Loader::read_override(const std::string& override_text) {
  const std::string origin = " (from --set)";
  const auto equals = override_text.find('=');
  const std::string path = override_text.substr(0, equals);
  if (equals == override_text.npos || path.empty()) return add("--set", "", "must be path=value");
  const std::string text = override_text.substr(equals + 1);
  if (const Spec* spec = find_spec(path)) {
    put(*spec, value_of_text(*spec, text), origin);
  } else if (const Spec* map_spec = find_map_spec(path)) {
    put_entry(*map_spec, path.substr(map_spec->path.size() + 1), value_of_entry_text(*map_spec, text),
              origin);
  } else {
    unknown(path, origin);
  }
}

void Loader::finish(Purpose purpose, const std::vector<Check>& more_checks) {
  const auto problems_so_far = loaded_.problems;
  const Sound sound = [&](std::string_view path) {
    return std::ranges::none_of(problems_so_far, [&](const Problem& problem) {
      return problem.path == path || problem.path.starts_with(std::string(path) + ".") ||
             problem.path.starts_with(std::string(path) + "[");
    });
  };
  const auto append = [&](std::vector<Problem> more) {
    std::ranges::move(more, std::back_inserter(loaded_.problems));
  };
  if (purpose == Purpose::service && readable_) append(check_required(loaded_.options, sound));
  append(check_together(loaded_.options, sound));
  for (const Check& check : more_checks) append(check(loaded_.options));
  if (purpose == Purpose::service) loaded_.notes = notes_on(loaded_.options);
}

}  // namespace

std::string to_string(const Problem& problem) {
  return problem.path + (problem.value.empty() ? " " : " = " + problem.value + " ") + problem.message;
}

Loaded load(const Sources& sources, Purpose purpose, const std::vector<Check>& more_checks) {
  Loader loader;
  loader.read_text(sources);
  loader.read_environment(sources.environment);
  for (const std::string& override_text : sources.overrides) loader.read_override(override_text);
  loader.finish(purpose, more_checks);
  return loader.take();
}

Loaded load_file(const std::filesystem::path& file, Sources others, Purpose purpose,
                 const std::vector<Check>& more_checks) {
  others.name = file.string();
  std::ifstream stream(file);
  bool readable = stream.is_open();
  try {
    others.text.assign(std::istreambuf_iterator<char>(stream), {});
  } catch (const std::ios_base::failure&) {  // a folder, or a disk's error
    readable = false;
  }
  if (!readable) {
    Loaded failed;
    failed.problems.push_back({others.name, "", "cannot be read"});
    return failed;
  }
  return load(others, purpose, more_checks);
}

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(kVariablePrefix) || equals == text.npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace sluice::config

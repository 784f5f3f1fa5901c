#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/json.h"
#include "config/schema.h"

// Between JSON values and the members that options are kept in.
namespace sluice::config {

// What is wrong with one value: `path` goes below the option's own for entries of lists and objects.
struct BadValue {
  std::string path;
  nlohmann::json value;
  std::string must_be;  // "a duration such as ..., from 1s to 1d"
};

// Puts the value into its member if type and bounds allow; else the member keeps what it had.
[[nodiscard]] std::optional<BadValue> assign(const Spec& spec, Options& options, const nlohmann::json& value);

// The value that a text from the command line or the environment stands for: texts and durations as they are,
// lists also as "a,b", all else as JSON. A text that is no JSON comes back as a JSON text, which assign()
// refuses.
[[nodiscard]] nlohmann::json value_of_text(const Spec& spec, std::string_view text);
// The same for one entry of an object of free names.
[[nodiscard]] nlohmann::json value_of_entry_text(const Spec& spec, std::string_view text);

[[nodiscard]] nlohmann::ordered_json to_json(const Slot& slot);

// "from 1 to 100", "one of include, exclude", ...; empty if there is no bound.
[[nodiscard]] std::string bounds_text(const Spec& spec);

}  // namespace sluice::config

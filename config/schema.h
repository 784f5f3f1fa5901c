#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/options.h"

// The one table of all options: where each stands in the file, in which member, within which bounds, and the
// text that explains it. Loading, dumping and the printed default file all walk this table.
namespace sluice::config {

using TextMap = std::map<std::string, std::string>;
using NumberMap = std::map<std::string, double>;

// The member that an option is kept in; its type is the option's type.
using Slot = std::variant<bool*, std::uint32_t*, std::uint64_t*, double*, std::string*, milliseconds*,
                          std::vector<std::string>*, TextMap*, NumberMap*>;

// Both ends included. Durations count in milliseconds; for an object of numbers it holds for every value.
struct Range {
  double least;
  double most;
};
struct Choices {
  std::vector<std::string_view> names;
};
// For texts, and for every text of a list: what the text must be, or empty if it is fine.
using TextCheck = std::string_view (*)(const std::string& text);
using Bounds = std::variant<std::monostate, Range, Choices, TextCheck>;

enum class Need : std::uint8_t {
  optional,
  service,  // has no default: must be given where the whole service is configured
};

struct Spec {
  std::string_view path;  // "kafka.group"
  Slot (*slot)(Options&);
  Bounds bounds;
  std::string_view description;  // plain sentences, may be several lines
  bool secret = false;           // never printed
  Need need = Need::optional;
  std::string_view example = {};  // JSON, shown instead of the default where there is none

  [[nodiscard]] Slot in(Options& options) const { return slot(options); }
};

// In the order of the printed file: options of the top level first, then section by section.
[[nodiscard]] std::span<const Spec> schema();

// What a section of the file ("kafka", "redis", ...) is about.
struct Section {
  std::string_view name;
  std::string_view description;
};
[[nodiscard]] std::span<const Section> sections();

// The option of that path, or null.
[[nodiscard]] const Spec* find_spec(std::string_view path);

// Objects of free names take `path.name` as well: "events.types.view" belongs to "events.types". Null if
// none.
[[nodiscard]] const Spec* find_map_spec(std::string_view path);

}  // namespace sluice::config

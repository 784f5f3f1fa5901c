#include "config/values.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "config/duration.h"

namespace sluice::config {
namespace {

using nlohmann::json;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string number_text(double number) {
  if (std::abs(number) < 1e15 && number == std::floor(number)) return std::to_string(std::llround(number));
  return json(number).dump();
}

std::string join(const std::vector<std::string_view>& names) {
  std::string joined;
  for (const auto name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::string range_text(const Range& range, bool duration) {
  const auto end = [&](double value) {
    return duration ? format_duration(milliseconds{std::llround(value)}) : number_text(value);
  };
  return "from " + end(range.least) + " to " + end(range.most);
}

// "a whole number", and with a range "a whole number from 0 to 256".
std::string wanted(std::string_view kind, const Spec& spec) {
  const std::string bounds = bounds_text(spec);
  return bounds.empty() ? std::string(kind) : std::string(kind) + (kind.empty() ? "" : " ") + bounds;
}

bool in_range(const Spec& spec, double value) {
  const auto* range = std::get_if<Range>(&spec.bounds);
  return range == nullptr || (value >= range->least && value <= range->most);
}

// What the text must be, or empty if it is fine.
std::string wrong_text(const Spec& spec, const std::string& text) {
  if (const auto* check = std::get_if<TextCheck>(&spec.bounds)) return std::string((*check)(text));
  if (const auto* choices = std::get_if<Choices>(&spec.bounds)) {
    for (const auto name : choices->names) {
      if (name == text) return {};
    }
    return "one of " + join(choices->names);
  }
  return {};
}

// Puts values into members; one overload for each type of option.
class Assigner {
 public:
  Assigner(const Spec& spec, const json& value) : spec_(spec), value_(value) {}

  std::optional<BadValue> operator()(bool* to) const {
    if (!value_.is_boolean()) return bad("true or false");
    *to = value_.get<bool>();
    return std::nullopt;
  }
  std::optional<BadValue> operator()(std::uint32_t* to) const { return whole(to); }
  std::optional<BadValue> operator()(std::uint64_t* to) const { return whole(to); }
  std::optional<BadValue> operator()(double* to) const {
    if (!value_.is_number() || !in_range(spec_, value_.get<double>())) return bad(wanted("a number", spec_));
    *to = value_.get<double>();
    return std::nullopt;
  }
  std::optional<BadValue> operator()(std::string* to) const {
    if (!value_.is_string())
      return bad(std::holds_alternative<Choices>(spec_.bounds) ? bounds_text(spec_) : "a text");
    const auto& text = value_.get_ref<const std::string&>();
    if (auto must_be = wrong_text(spec_, text); !must_be.empty()) return bad(std::move(must_be));
    *to = text;
    return std::nullopt;
  }
  std::optional<BadValue> operator()(milliseconds* to) const {
    const auto duration =
        value_.is_string() ? parse_duration(value_.get_ref<const std::string&>()) : std::nullopt;
    if (!duration)
      return bad(wanted("a duration with a unit (\"250ms\", \"90s\", \"5m\", \"12h\", \"30d\")", spec_));
    if (!in_range(spec_, static_cast<double>(duration->count()))) return bad(wanted("a duration", spec_));
    *to = *duration;
    return std::nullopt;
  }
  std::optional<BadValue> operator()(std::vector<std::string>* to) const {
    if (!value_.is_array()) return bad("a list of texts");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      const std::string path = std::string(spec_.path) + "[" + std::to_string(i) + "]";
      if (!value_[i].is_string()) return BadValue{path, value_[i], "a text"};
      texts.push_back(value_[i].get<std::string>());
      if (auto must_be = wrong_text(spec_, texts.back()); !must_be.empty()) {
        return BadValue{path, value_[i], std::move(must_be)};
      }
    }
    *to = std::move(texts);
    return std::nullopt;
  }
  std::optional<BadValue> operator()(TextMap* to) const {
    if (!value_.is_object()) return bad("an object of texts");
    TextMap texts;
    for (const auto& [name, entry] : value_.items()) {
      if (!entry.is_string()) return BadValue{std::string(spec_.path) + "." + name, entry, "a text"};
      texts[name] = entry.get<std::string>();
    }
    *to = std::move(texts);
    return std::nullopt;
  }
  std::optional<BadValue> operator()(NumberMap* to) const {
    if (!value_.is_object()) return bad("an object of numbers");
    NumberMap numbers;
    for (const auto& [name, entry] : value_.items()) {
      if (!entry.is_number() || !in_range(spec_, entry.get<double>())) {
        return BadValue{std::string(spec_.path) + "." + name, entry, wanted("a number", spec_)};
      }
      numbers[name] = entry.get<double>();
    }
    *to = std::move(numbers);
    return std::nullopt;
  }

 private:
  [[nodiscard]] BadValue bad(std::string must_be) const {
    return {std::string(spec_.path), value_, std::move(must_be)};
  }

  template <typename Unsigned>
  std::optional<BadValue> whole(Unsigned* to) const {
    const bool fits = value_.is_number_unsigned() &&
                      value_.get<std::uint64_t>() <= std::numeric_limits<Unsigned>::max() &&
                      in_range(spec_, static_cast<double>(value_.get<std::uint64_t>()));
    if (!fits) return bad(wanted("a whole number", spec_));
    *to = value_.get<Unsigned>();
    return std::nullopt;
  }

  const Spec& spec_;
  const json& value_;
};

json parse_or_text(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  return parsed.is_discarded() ? json(text) : parsed;
}

json comma_list(std::string_view text) {
  json list = json::array();
  while (!text.empty()) {
    const auto comma = text.find(',');
    list.push_back(text.substr(0, comma));
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
  }
  return list;
}

}  // namespace

std::optional<BadValue> assign(const Spec& spec, Options& options, const json& value) {
  return std::visit(Assigner(spec, value), spec.in(options));
}

json value_of_text(const Spec& spec, std::string_view text) {
  Options probe;
  const Slot slot = spec.in(probe);
  if (std::holds_alternative<std::string*>(slot) || std::holds_alternative<milliseconds*>(slot)) return text;
  if (std::holds_alternative<std::vector<std::string>*>(slot) && !text.starts_with('['))
    return comma_list(text);
  return parse_or_text(text);
}

json value_of_entry_text(const Spec& spec, std::string_view text) {
  Options probe;
  return std::holds_alternative<TextMap*>(spec.in(probe)) ? json(text) : parse_or_text(text);
}

nlohmann::ordered_json to_json(const Slot& slot) {
  return std::visit(
      Overloaded{[](const milliseconds* from) { return nlohmann::ordered_json(format_duration(*from)); },
                 [](const auto* from) { return nlohmann::ordered_json(*from); }},
      slot);
}

std::string bounds_text(const Spec& spec) {
  Options probe;
  const bool duration = std::holds_alternative<milliseconds*>(spec.in(probe));
  return std::visit(
      Overloaded{[](std::monostate) { return std::string(); }, [](TextCheck) { return std::string(); },
                 [&](const Range& range) { return range_text(range, duration); },
                 [](const Choices& choices) { return "one of " + join(choices.names); }},
      spec.bounds);
}

}  // namespace sluice::config

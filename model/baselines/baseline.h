#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/types.h"
#include "config/options.h"

// Well-known methods, each alone, to hold the model against: for `evaluate` and `compare`, not for the
// service. They keep all they have seen, without bounds.
namespace sluice::baselines {

// Users and items by number, in the order of their first events.
using UserNumber = std::uint32_t;
using ItemNumber = std::uint32_t;
inline constexpr UserNumber kUnknownUser = ~UserNumber{0};
inline constexpr ItemNumber kUnknownItem = ~ItemNumber{0};

struct Line {
  ItemNumber item;
  float weight;  // signed, not 0
  float value;   // NaN: the event has none
};

// All events of one user at one timestamp.
struct Group {
  UserNumber user;
  Timestamp time;
  std::span<const Line> lines;  // not empty
};

// Used by one thread. Groups come in time order.
class Baseline {
 public:
  virtual ~Baseline() = default;

  virtual void learn(const Group& group) = 0;
  // A score for each item number below scores.size(), greater is better; all of them have been in a group.
  // kUnknownUser is a user without an event.
  virtual void score(UserNumber user, Timestamp now, std::span<float> scores) = 0;
  // The value that an event of the user on the item will have, be they known or not; nothing, if it is no
  // matter of this baseline.
  [[nodiscard]] virtual std::optional<float> predict(UserNumber, ItemNumber, Timestamp) {
    return std::nullopt;
  }
};

struct ParameterInfo {
  std::string_view name;  // as in model.parameters
  double fallback;        // where it is not given
  double least;
  double greatest;
  std::string_view meaning;
};

// Seed and parameters of a baseline; names and bounds have been checked.
class Values {
 public:
  Values(std::span<const ParameterInfo> infos, const std::map<std::string, double>& given, std::uint64_t seed)
      : infos_(infos), given_(given), seed_(seed) {}
  // `name` must be among the infos.
  [[nodiscard]] double operator[](std::string_view name) const;
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::span<const ParameterInfo> infos_;
  const std::map<std::string, double>& given_;
  std::uint64_t seed_;
};

struct BaselineInfo {
  std::string_view name;  // as in model.ranker
  std::string_view meaning;
  std::span<const ParameterInfo> parameters;
  std::unique_ptr<Baseline> (*make)(const Values&);
};

[[nodiscard]] std::span<const BaselineInfo> baseline_infos();
// The baseline of that name, or nullptr.
[[nodiscard]] const BaselineInfo* find_baseline(std::string_view name);
// The one to be evaluated in the model's place, or nullptr: values are predicted by "rating".
[[nodiscard]] const BaselineInfo* find_baseline(const config::ModelOptions& options);
[[nodiscard]] std::unique_ptr<Baseline> make_baseline(const BaselineInfo& info,
                                                      const std::map<std::string, double>& parameters,
                                                      std::uint64_t seed);

}  // namespace sluice::baselines

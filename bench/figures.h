#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sluice::bench {

// One measured number, and what a minimal program of the same stage reached in the same run.
struct Figure {
  struct Limit {
    std::string what;
    double value = 0;  // in the figure's unit; more is better
  };

  std::string name;   // its key in the JSON object
  std::string what;   // in words
  std::string sizes;  // what it was measured with
  double value = 0;
  std::string unit;
  std::optional<Limit> limit{};  // its key is <name>_limit
  std::string share_name{};      // key of value / limit; empty: not a figure of its own
};

// The share that the figure has of its limit, if it has one.
[[nodiscard]] std::optional<double> share_of(const Figure& figure);

// One line of JSON for each figure, and back.
[[nodiscard]] std::string to_line(const Figure& figure);
[[nodiscard]] Figure from_line(const std::string& line);

// What a reader sees: figure, measured, limit, share, must, aim, and whether they are met.
[[nodiscard]] std::string table_of(const std::vector<Figure>& figures);
// One flat object: values, limits and shares by name.
[[nodiscard]] std::string json_of(const std::vector<Figure>& figures);

}  // namespace sluice::bench

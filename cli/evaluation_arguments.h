#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/prequential.h"
#include "cli/progress_line.h"
#include "cli/stream_reader.h"

namespace sluice::cli {

// The options that `evaluate` and `compare` share.
struct EvaluationArguments {
  StreamSelection stream;
  std::string repeats;  // empty: as configured
  int shards = 1;
  std::uint64_t seed = 1;
  std::uint64_t score_every = 1;
  bool published = false;
  std::string merge = "on";
};
void add_evaluation_arguments(CLI::App& command, EvaluationArguments& arguments);

// Published lists are those of the service's model. False: the configuration asks for another recommender,
// which was said on stderr.
[[nodiscard]] bool can_evaluate(const EvaluationArguments& arguments, const config::Options& config);

// The evaluation of `config` that the arguments ask for.
[[nodiscard]] Prequential::Options evaluation_options(const EvaluationArguments& arguments,
                                                      config::Options config);

// Shows running figures on `line`; `label` stands before them.
[[nodiscard]] Prequential::Progress show_progress(ProgressLine& line, std::size_t total, std::string label);

// Writes text to a file, or says on stderr that it cannot. True if written.
[[nodiscard]] bool write_text(const std::string& path, const std::string& text);

}  // namespace sluice::cli

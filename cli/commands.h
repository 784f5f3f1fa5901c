#pragma once

#include <CLI/CLI.hpp>

// One function for each subcommand, in a file of its name. Each adds its subcommand to the program; when the
// command line chooses it, it runs and leaves its exit code in `exit_code`, which must outlive the parsing.
namespace sluice::cli {

void add_check_config(CLI::App& program, int& exit_code);
void add_compare(CLI::App& program, int& exit_code);
void add_demo(CLI::App& program, int& exit_code);
void add_evaluate(CLI::App& program, int& exit_code);
void add_lookup(CLI::App& program, int& exit_code);
void add_replay(CLI::App& program, int& exit_code);
void add_run(CLI::App& program, int& exit_code);
void add_snapshot(CLI::App& program, int& exit_code);
void add_status(CLI::App& program, int& exit_code);

}  // namespace sluice::cli

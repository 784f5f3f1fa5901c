#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <string>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/logging.h"
#include "cli/output.h"

namespace {

// Parses the command line, which runs the chosen subcommand.
int run_program(int argc, char** argv) {
  using namespace sluice::cli;
  CLI::App program(
      "Sluice reads user-item events from Kafka, learns from each within milliseconds, and keeps every "
      "user's top-N list fresh in Redis.",
      "sluice");
  program.set_version_flag("--version", "sluice " SLUICE_VERSION);
  program.require_subcommand(1);
  program.footer(std::string("Examples:\n"
                             "  sluice demo\n"
                             "  sluice run --config sluice.json\n"
                             "  sluice lookup --config sluice.json --user 42\n"
                             "  sluice lookup --help\n\n") +
                 kExitCodesHelp);
  int exit_code = kDone;
  add_run(program, exit_code);
  add_demo(program, exit_code);
  add_replay(program, exit_code);
  add_evaluate(program, exit_code);
  add_compare(program, exit_code);
  add_lookup(program, exit_code);
  add_status(program, exit_code);
  add_check_config(program, exit_code);
  add_snapshot(program, exit_code);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kBadUsage;
  }
  return exit_code;
}

// Else the next file or socket would be standard input, output or error, and what is printed would go there.
// A write to what was closed fails, as it should: these are not for writing.
void hold_closed_standard_descriptors() {
  int fd = open("/dev/null", O_RDONLY);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDONLY);
  if (fd > STDERR_FILENO) close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  hold_closed_standard_descriptors();
  // A closed socket or pipe is an error of the write that finds it, not the end of the process; so is a file
  // that grows beyond what the process may write.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    sluice::cli::log_to_stderr("info");
    return run_program(argc, argv);
  } catch (const std::exception& error) {
    sluice::cli::complain(std::string("internal error: ") + error.what());
    return sluice::cli::kInternal;
  }
}

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "bench/figures.h"
#include "bench/stage.h"
#include "cli/exit_codes.h"
#include "cli/logging.h"

namespace sluice::bench {

std::span<const Stage> stages() {
  static constexpr auto kStages = std::to_array<Stage>({
      {"decode", "one record's bytes to an event, and to its ids", run_decode},
      {"ids", "users and items by id", run_ids},
      {"parts", "each part of the model, one update", run_parts},
      {"learn", "the full default model, from memory, at 10k, 100k and 1M items", run_learn},
      {"shards", "one and two shards from memory, and what epochs cost", run_shards},
      {"rank", "lists from candidates at 10k, 100k and 1M items", run_rank},
      {"scan", "all items scored, at 10k, 100k and 1M items", run_scan},
      {"redis", "lists into Redis", run_redis},
      {"snapshot", "writing one, how long shards stand for it, starting from it", run_snapshot},
      {"memory", "bytes a user and an item", run_memory},
      {"service", "mock cluster to Redis: events a second and freshness", run_service},
      {"refresh", "how young the lists of a million active users stay at 20,000 events a second",
       run_refresh},
  });
  return kStages;
}

namespace {

struct Arguments {
  std::string json;
  std::string folder;
  bool quick = false;
  std::vector<std::string> names;
};

// In the child: runs the stage and tells its figures through the pipe.
[[noreturn]] void become(const Stage& stage, const Settings& settings, int out) {
  int code = EXIT_SUCCESS;
  try {
    stage.run(settings, [&](const Figure& figure) {
      const std::string line = to_line(figure) + "\n";
      if (::write(out, line.data(), line.size()) < 0) throw std::runtime_error("the pipe is closed");
    });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s: %s\n", std::string(stage.name).c_str(), error.what());
    code = EXIT_FAILURE;
  }
  ::_exit(code);
}

std::vector<Figure> read_figures(int in) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = ::read(in, buffer.data(), buffer.size()); n > 0;
       n = ::read(in, buffer.data(), buffer.size())) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  std::vector<Figure> figures;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    figures.push_back(from_line(text.substr(at, end - at)));
    at = end + 1;
  }
  return figures;
}

// False: the stage failed; what it told before that is kept.
bool run_stage(const Stage& stage, const Settings& settings, std::vector<Figure>& figures) {
  std::fprintf(stderr, "== %s: %s\n", std::string(stage.name).c_str(), std::string(stage.text).c_str());
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return false;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);
    become(stage, settings, ends[1]);
  }
  ::close(ends[1]);
  if (child > 0) std::ranges::move(read_figures(ends[0]), std::back_inserter(figures));
  ::close(ends[0]);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int run(const Arguments& arguments) {
  cli::log_to_stderr("warn");
  const Settings settings{arguments.quick, arguments.folder};
  std::filesystem::create_directories(settings.folder);
  std::vector<Figure> figures;
  bool all_ran = true;
  for (const Stage& stage : stages()) {
    const bool wanted =
        arguments.names.empty() || std::ranges::find(arguments.names, stage.name) != arguments.names.end();
    if (!wanted) continue;
    const std::size_t before = figures.size();
    all_ran = run_stage(stage, settings, figures) && all_ran;
    const std::vector<Figure> fresh(figures.begin() + static_cast<std::ptrdiff_t>(before), figures.end());
    std::fputs(table_of(fresh).c_str(), stderr);
  }
  std::fputs(table_of(figures).c_str(), stdout);
  if (!arguments.json.empty()) {
    std::ofstream file(arguments.json);
    file << json_of(figures);
    file.close();
    if (!file) {
      std::fprintf(stderr, "bench: cannot write %s\n", arguments.json.c_str());
      return cli::kEnvironment;
    }
  }
  return all_ran ? cli::kDone : cli::kInternal;
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice;
  bench::Arguments arguments;
  CLI::App program(
      "Measures each stage of Sluice beside its limit and prints a table; progress goes to stderr");
  program.add_option("--json", arguments.json, "Write all figures as one flat JSON object");
  program.add_option("--folder", arguments.folder, "For worlds and snapshots, on the disk to be measured")
      ->required();
  program.add_flag("--quick", arguments.quick, "Small sizes and short runs: shows that all stages work");
  std::vector<std::string> names;
  std::string stages = "Stages:\n";
  for (const bench::Stage& stage : bench::stages()) {
    names.emplace_back(stage.name);
    stages += "  " + std::string(stage.name) + std::string(10 - stage.name.size(), ' ') +
              std::string(stage.text) + "\n";
  }
  program.add_option("NAME", arguments.names, "Stages to run; default: all")->check(CLI::IsMember(names));
  program.footer(stages);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? cli::kDone : cli::kBadUsage;
  }
  try {
    return bench::run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return cli::kEnvironment;
  }
}

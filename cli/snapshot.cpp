#include <cstdio>
#include <filesystem>
#include <memory>
#include <numeric>
#include <set>
#include <string>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/snapshot_contents.h"
#include "cli/text.h"
#include "sink/file_system.h"
#include "sink/snapshot_file.h"

namespace sluice::cli {
namespace {

struct SnapshotArguments {
  std::string path;
  bool items = false;
  bool users = false;
};

void print_items(Output& out, const ItemCounts& counts) {
  for (const auto& [item, events] : counts) {
    if (!out.wanted()) return;
    out.line(escape_field(item) + '\t' + std::to_string(events));
  }
}

void print_users(Output& out, const UserCounts& counts) {
  for (const auto& [user, partition, events] : counts) {
    if (!out.wanted()) return;
    out.line(escape_field(user) + '\t' + std::to_string(static_cast<std::int32_t>(partition)) + '\t' +
             std::to_string(events));
  }
}

void print_file(Output& out, const std::filesystem::path& file, const sink::SnapshotSummary& summary) {
  out.line(file.string() + ": valid");
  out.line("  instance " + summary.instance + ", epoch " +
           std::to_string(static_cast<std::uint64_t>(summary.epoch)) + ", made " + utc_text(summary.made_ms));
  for (const auto& [origin, offset] : summary.applied) {
    out.line("  applied " + origin.topic + "/" + std::to_string(static_cast<std::int32_t>(origin.partition)) +
             " up to offset " + std::to_string(static_cast<std::int64_t>(offset)));
  }
  for (const auto& section : summary.sections) {
    out.line("  section " + section.name + ", " + std::to_string(section.size) + " bytes");
  }
}

void print_summary(Output& out, sink::FileSystem& files, const SnapshotChoice& choice) {
  std::set<std::filesystem::path> all;
  for (const auto& [instance, file] : choice.items) all.insert(file);
  for (const auto& [partition, file] : choice.users) all.insert(file);
  for (const auto& file : all) {
    const auto read = sink::read_snapshot_summary(files, file);
    if (!read.summary) throw SnapshotFailure{kEnvironment, file.string() + ": " + read.detail};
    print_file(out, file, *read.summary);
  }
  const ItemCounts items = count_items(files, choice);
  const UserCounts users = count_users(files, choice);
  const auto item_events =
      std::accumulate(items.begin(), items.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& item) { return sum + item.second; });
  const auto user_events =
      std::accumulate(users.begin(), users.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& user) { return sum + std::get<2>(user); });
  out.line("in all " + std::to_string(items.size()) + " items with " + std::to_string(item_events) +
           " events, " + std::to_string(users.size()) + " users with " + std::to_string(user_events) +
           " events");
}

int inspect_command(const SnapshotArguments& arguments) {
  auto& files = sink::real_file_system();
  Output out;
  try {
    const SnapshotChoice choice = choose_snapshots(files, arguments.path);
    for (const auto& problem : choice.problems) complain(problem);
    if (arguments.items) {
      print_items(out, count_items(files, choice));
    } else if (arguments.users) {
      print_users(out, count_users(files, choice));
    } else {
      print_summary(out, files, choice);
    }
  } catch (const SnapshotFailure& failure) {
    complain(failure.text);
    return out.finish(failure.exit_code);
  }
  return out.finish(kDone);
}

}  // namespace

void add_snapshot(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("snapshot", "Look into snapshots");
  command->require_subcommand(1);
  constexpr const char* kSnapshotExamples =
      "Examples:\n"
      "  sluice snapshot inspect state\n"
      "  sluice snapshot inspect state/a/00000000000000000042.snap --users\n"
      "  sluice snapshot inspect state --items | sort -t \"$(printf '\\t')\" -k 2 -n -r | head";
  command->footer(kSnapshotExamples);
  auto* inspect = command->add_subcommand("inspect", "Verify a snapshot and print what is in it");
  const auto arguments = std::make_shared<SnapshotArguments>();
  inspect
      ->add_option("PATH", arguments->path,
                   "A snapshot, or a snapshot.folder: then the newest valid one of each instance, and each "
                   "partition's users from the one that saw most of it")
      ->required();
  auto* items = inspect->add_flag("--items", arguments->items, "Print a line ITEM<tab>EVENTS for each item");
  inspect->add_flag("--users", arguments->users, "Print a line USER<tab>PARTITION<tab>EVENTS for each user")
      ->excludes(items);
  inspect->footer(
      std::string("EVENTS is the number of events applied, without any decay. Tabs, line ends and "
                  "backslashes in ids are printed\nas \\t, \\n, \\r and \\\\, other control characters as "
                  "\\u001b.\n") +
      kSnapshotExamples);
  inspect->callback([=, &exit_code] { exit_code = inspect_command(*arguments); });
}

}  // namespace sluice::cli

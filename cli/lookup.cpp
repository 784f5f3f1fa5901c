#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/config_arguments.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/text.h"
#include "common/clock.h"
#include "common/json.h"
#include "ingest/item_titles.h"
#include "ingest/synthetic.h"
#include "sink/list_json.h"
#include "sink/reader.h"

namespace sluice::cli {
namespace {

using sink::Lookup;
using std::chrono::milliseconds;

struct LookupArguments {
  ConfigArguments config;
  std::string user;
  bool popular = false;
  bool json = false;
  std::string items;
  std::size_t entries = 0;
  std::string merge = "on";
};

// Titles of a file, and of the made-up stream's items, which carry theirs in the id.
class Titles {
 public:
  explicit Titles(ingest::ItemTitles known) : known_(std::move(known)) {}

  [[nodiscard]] std::string of(const std::string& item) const {
    const auto found = known_.find(item);
    return found != known_.end() ? found->second.title : made_up_.title(item);
  }

 private:
  ingest::ItemTitles known_;
  ingest::SyntheticStream made_up_{{.users = 1, .items = 1}};
};

milliseconds age_of(Timestamp time) {
  return wall_now() - time;
}

std::string join(std::span<const std::string> names) {
  std::string joined;
  for (const auto& name : names) joined += (joined.empty() ? "" : ", ") + escape_field(name);
  return joined;
}

std::string score_text(float score) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(score));
  return text;
}

std::string headline(const LookupArguments& arguments, const Lookup& found) {
  std::string text;
  if (found.source == Lookup::Source::user) {
    text = "List of user " + escape_field(found.list.user);
  } else {
    text = arguments.popular
               ? "Popular list"
               : "User " + escape_field(arguments.user) + " has no list; this is the popular list";
  }
  text += "\nmade " + age_text(age_of(found.list.made)) + " ago";
  if (found.source == Lookup::Source::user)
    text += ", after an event " + age_text(age_of(found.list.event_time)) + " old";
  if (found.expires_in) text += ", kept for " + age_text(*found.expires_in);
  if (found.merged)
    text += "; brought up to date by the live list of context " + std::to_string(found.context);
  if (found.hidden > 0) text += "; " + std::to_string(found.hidden) + " hidden entries left out";
  return text;
}

void print_table(Output& out, const LookupArguments& arguments, const Lookup& found, const Titles& titles) {
  out.line(headline(arguments, found));
  out.line("");
  std::vector<std::vector<std::string>> rows = {{"#", "item", "score", "why", "title"}};
  for (const auto& entry : found.list.items) {
    rows.push_back({std::to_string(rows.size()), escape_field(entry.item), score_text(entry.score),
                    join(entry.why), escape_field(titles.of(entry.item))});
  }
  out.text(table_text(rows));
}

void print_json(Output& out, const Lookup& found) {
  std::string document;
  sink::append_list_json(document, found.list);
  nlohmann::ordered_json json;
  json["source"] = found.source == Lookup::Source::user ? "user" : "popular";
  json["age_ms"] = age_of(found.list.made).count();
  if (found.expires_in) json["expires_in_ms"] = found.expires_in->count();
  json["hidden"] = found.hidden;
  json["merged"] = found.merged;
  if (found.merged) json["context"] = found.context;
  json["list"] = nlohmann::ordered_json::parse(document);
  out.line(json.dump());
}

int fail(int exit_code, const std::string& text) {
  complain(text);
  return exit_code;
}

int lookup_command(const LookupArguments& arguments) {
  const auto options = load_configuration(arguments.config, config::Purpose::offline);
  if (!options) return kBadUsage;
  ingest::ItemTitlesFile titles;
  if (!arguments.items.empty()) titles = ingest::read_item_titles(arguments.items);
  if (!titles.error.empty()) return fail(kEnvironment, titles.error);
  auto reader = sink::Reader::connect(options->redis);
  if (!reader) return fail(kEnvironment, reader.error().text);
  const auto merge = arguments.merge == "on" ? sink::Reader::Merge::on : sink::Reader::Merge::off;
  const std::size_t entries = arguments.entries > 0 ? arguments.entries : options->ranking.list_size;
  auto found = arguments.popular ? reader.value().popular(merge, entries)
                                 : reader.value().lookup(arguments.user, merge, entries);
  if (!found) {
    return fail(found.error().kind == sink::RedisErrorKind::ours ? kNoData : kEnvironment,
                found.error().text);
  }
  Lookup& lookup = found.value();
  if (lookup.source == Lookup::Source::none) {
    return fail(kNoData,
                "no list under the prefix " + options->redis.prefix + ": nothing was published there lately");
  }
  if (arguments.entries > 0 && lookup.list.items.size() > arguments.entries)
    lookup.list.items.resize(arguments.entries);
  Output out;
  if (arguments.json) {
    print_json(out, lookup);
  } else {
    print_table(out, arguments, lookup, Titles(std::move(titles.titles)));
  }
  return out.finish(kDone);
}

}  // namespace

void add_lookup(CLI::App& program, int& exit_code) {
  auto* command = program.add_subcommand("lookup", "Show a user's list as readers see it in Redis");
  const auto arguments = std::make_shared<LookupArguments>();
  auto* whose = command->add_option_group("whose");
  whose->add_option("-u,--user", arguments->user,
                    "The user's id; without a list of the user's own, the popular one");
  whose->add_flag("--popular", arguments->popular, "The list for users without one");
  whose->require_option(1);
  command->add_option("-i,--items", arguments->items, "Titles: CSV with the header item,title, plain or gzip")
      ->type_name("FILE");
  command->add_option("-n", arguments->entries,
                      "Entries to show; 0: all of the list, with live items ranking.list_size at least");
  command
      ->add_option("--merge", arguments->merge,
                   "Whether to bring the list up to date with the live list of the user's context")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print one JSON object");
  add_config_arguments(*command, arguments->config, ConfigFile::optional);
  command->footer(
      "Exit code 5 if there is neither a list of the user nor a popular one.\n"
      "Examples:\n"
      "  sluice lookup --config sluice.json --user 42\n"
      "  sluice lookup --set redis.url=redis://cache:6379/0 --user 42 --items items.csv.gz\n"
      "  sluice lookup --config sluice.json --popular --json");
  command->callback([=, &exit_code] { exit_code = lookup_command(*arguments); });
}

}  // namespace sluice::cli

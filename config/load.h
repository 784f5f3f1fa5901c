#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace sluice::config {

// One thing that is wrong, in words for the operator. Secrets never stand in it.
struct Problem {
  std::string path;     // "kafka.topics"; the file's name where it is no option's fault
  std::string value;    // as JSON, masked where it is secret; empty if there is none
  std::string message;  // "must be a whole number from 0 to 256"

  auto operator<=>(const Problem&) const = default;
};
// `kafka.topics = []: must not be empty`
[[nodiscard]] std::string to_string(const Problem& problem);

// What the configuration is for. The service needs brokers and topics; the other commands may do without, but
// one that is to send to Kafka is told at once if no producer can be made.
enum class Purpose { service, producer, offline };

// Looks at what only another folder can judge (names of signals, properties of librdkafka); returns what is
// wrong.
using Check = std::function<std::vector<Problem>(const Options&)>;

// Where options come from. A later one wins: defaults, text, environment, overrides.
struct Sources {
  std::string text = "{}";                              // JSON, // and /* */ comments allowed
  std::string name = "configuration";                   // of the text, for messages
  std::map<std::string, std::string> environment = {};  // variables beginning with SLUICE_; see below
  std::vector<std::string> overrides = {};              // "path=value"
};

struct Loaded {
  Options options;                 // only to be used if there is no problem
  std::vector<Problem> problems;   // all of them, not just the first
  std::vector<std::string> notes;  // allowed, but probably not what was meant

  [[nodiscard]] bool ok() const { return problems.empty(); }
};

// Strict: unknown keys, keys given twice, wrong types, values out of bounds and pairs that contradict each
// other are problems. Reads no file and connects to nothing.
//
// Variables: SLUICE_ and the path in capitals with __ for each dot (SLUICE_REDIS__URL, SLUICE_LOG_LEVEL);
// entries of objects as well (SLUICE_KAFKA__PROPERTIES__SASL__PASSWORD is kafka.properties' sasl.password);
// and SLUICE_REDIS_USERNAME, SLUICE_REDIS_PASSWORD. Other variables are left alone, unless what stands before
// the first __ is a section: then the rest must be an option of it.
[[nodiscard]] Loaded load(const Sources& sources, Purpose purpose,
                          const std::vector<Check>& more_checks = {});

// The same with the text of a file; a file that cannot be read is a problem.
[[nodiscard]] Loaded load_file(const std::filesystem::path& file, Sources others, Purpose purpose,
                               const std::vector<Check>& more_checks = {});

// This process's variables that begin with SLUICE_.
[[nodiscard]] std::map<std::string, std::string> environment_variables();

}  // namespace sluice::config

#pragma once

// What the process's exit status says, the same for every subcommand. `sluice --help`, the README and
// docs/configuration.md list them.
namespace sluice::cli {

inline constexpr int kDone = 0;
inline constexpr int kUnhealthy = 1;  // status --check: an instance is missing, stuck or behind
inline constexpr int kBadUsage = 2;   // command line or configuration
inline constexpr int kRefused =
    3;  // to keep data safe: commits without a snapshot, a folder in use, a log gap
inline constexpr int kEnvironment = 4;   // Kafka, Redis or a file cannot be reached, read or written
inline constexpr int kNoData = 5;        // asked for something that is not there, or is damaged
inline constexpr int kNearlyAllBad = 6;  // run: events.max_bad_share
inline constexpr int kForced = 7;        // a second signal came before it had stopped in good order
inline constexpr int kNotInTime = 8;     // run: limits.shutdown was over before everything was safe
inline constexpr int kInternal = 70;     // a bug of ours

inline constexpr const char* kExitCodesHelp =
    "Exit codes:\n"
    "  0  done\n"
    "  1  status --check: unhealthy\n"
    "  2  bad usage or configuration\n"
    "  3  refused to start, or stopped, to keep data safe\n"
    "  4  Kafka, Redis or a file cannot be reached, read or written\n"
    "  5  what was asked for is not there, or is damaged\n"
    "  6  run: stopped because nearly all events are bad\n"
    "  7  a second signal ended it at once\n"
    "  8  run: it could not stop in good order within limits.shutdown\n"
    "  70 internal error";

}  // namespace sluice::cli

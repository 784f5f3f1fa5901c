#pragma once

#include <cstdint>
#include <string>

namespace sluice::pipeline {

// Why a service ended.
struct StopCause {
  enum class Kind : std::uint8_t {
    requested,       // it was asked to
    refused,         // going on would lose or double data: commits without snapshot, folder in use, log gap
    nearly_all_bad,  // events.max_bad_share
    environment,     // Kafka said that this member can never go on, or dead letters can never be stored
    not_in_time,     // asked to stop, and limits.shutdown was over before everything was safe
    internal,        // a bug of ours, or out of memory
  };
  Kind kind = Kind::requested;
  std::string text;  // for the operator; empty if requested
};

}  // namespace sluice::pipeline

#include "pipeline/start_position.h"

namespace sluice::pipeline {
namespace {

// Empty if it is the log that the snapshot was taken from, as far as anybody can tell.
std::string_view sign_of_other_log(const StartFacts& facts, Offset wanted) {
  const std::string& id_before = facts.log_before.topic_id;
  if (facts.snapshot && wanted > Offset{0}) {  // else nothing of the log before was applied
    const bool ids_are_known = !id_before.empty() && !facts.topic_id.empty();
    if (ids_are_known && id_before != facts.topic_id) return "has another topic id than the one before";
    if (!ids_are_known && facts.log_before.committed && !facts.committed) {
      return "has lost the group's commit, as a topic does that is deleted and made anew";
    }
  }
  return wanted > facts.log.high ? "ends before what was applied" : "";
}

}  // namespace

StartPosition choose_start(const StartFacts& facts) {
  using Kind = StartPosition::Kind;
  if (!facts.snapshot && !facts.committed) return {Kind::fresh, facts.without_snapshot};
  if (!facts.snapshot && !facts.allow_cold_start) return {Kind::forbidden};
  const Offset wanted = facts.snapshot ? *facts.snapshot : *facts.committed;
  if (const std::string_view sign = sign_of_other_log(facts, wanted); !sign.empty()) {
    return {Kind::other_log, facts.log.low, 0, sign};
  }
  if (wanted < facts.log.low) {
    return {Kind::log_gap,
            facts.log.low,
            static_cast<std::uint64_t>(facts.log.low) - static_cast<std::uint64_t>(wanted),
            {}};
  }
  return {facts.snapshot ? Kind::resumed : Kind::cold, wanted};
}

}  // namespace sluice::pipeline

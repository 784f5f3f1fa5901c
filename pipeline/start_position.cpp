#include "pipeline/start_position.h"

namespace sluice::pipeline {

StartPosition choose_start(const StartFacts& facts) {
  using Kind = StartPosition::Kind;
  if (!facts.snapshot && !facts.committed) return {Kind::fresh, facts.without_snapshot, 0};
  if (!facts.snapshot && !facts.allow_cold_start) return {Kind::forbidden, {}, 0};
  const Offset wanted = facts.snapshot ? *facts.snapshot : *facts.committed;
  if (wanted < facts.log.low) {
    return {Kind::log_gap, facts.log.low,
            static_cast<std::uint64_t>(facts.log.low) - static_cast<std::uint64_t>(wanted)};
  }
  if (wanted > facts.log.high) return {Kind::log_gap, facts.log.low, 0};
  return {facts.snapshot ? Kind::resumed : Kind::cold, wanted, 0};
}

}  // namespace sluice::pipeline

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "bench/figures.h"

namespace sluice::bench {

struct Settings {
  bool quick = false;            // small sizes and short runs: shows that it works, measures nothing
  std::filesystem::path folder;  // on the disk to be measured; worlds are kept here during a run
  [[nodiscard]] std::uint32_t scaled(std::uint32_t full) const { return quick ? full / 100 : full; }
  [[nodiscard]] int rounds() const { return quick ? 1 : 5; }
};

using Report = std::function<void(Figure)>;

// What scripts/bench can run by name. Each stage runs in a process of its own, so that none inherits
// another's heap.
struct Stage {
  std::string_view name;
  std::string_view text;
  void (*run)(const Settings&, const Report&);
};

void run_decode(const Settings&, const Report&);
void run_ids(const Settings&, const Report&);
void run_parts(const Settings&, const Report&);
void run_learn(const Settings&, const Report&);
void run_shards(const Settings&, const Report&);
void run_rank(const Settings&, const Report&);
void run_scan(const Settings&, const Report&);
void run_redis(const Settings&, const Report&);
void run_snapshot(const Settings&, const Report&);
void run_memory(const Settings&, const Report&);
void run_service(const Settings&, const Report&);
void run_refresh(const Settings&, const Report&);

// In the order in which they run.
[[nodiscard]] std::span<const Stage> stages();

}  // namespace sluice::bench

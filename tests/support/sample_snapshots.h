#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sink/snapshot_file.h"

namespace sluice::test {

[[nodiscard]] inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

// Small, with every kind of field. tests/fixtures/snapshot_v1.snap is this one.
[[nodiscard]] inline sink::Snapshot sample_snapshot(std::string instance = "a", std::uint64_t epoch = 42) {
  sink::Snapshot snapshot;
  snapshot.instance = std::move(instance);
  snapshot.epoch = Epoch{epoch};
  snapshot.made_ms = 1718000000456;
  snapshot.applied = {{{"events", PartitionId{0}}, Offset{1000}}, {{"events", PartitionId{1}}, Offset{2000}}};
  snapshot.sections["meta"] = to_bytes(R"({"model":1})");
  snapshot.sections["items"] = to_bytes(std::string(100, 'i'));
  snapshot.sections["users/0"] = to_bytes("users of partition 0");
  snapshot.sections["users/1"] = {};
  return snapshot;
}

}  // namespace sluice::test

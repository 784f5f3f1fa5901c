#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

// The strong types that cross folder boundaries. No bare int64_t does.
namespace sluice {

// Kafka's partition number. Same-numbered partitions of all topics hold the same users.
enum class PartitionId : std::int32_t {};

// Position of a record in its topic-partition; the offset of a list is its version.
enum class Offset : std::int64_t {};

// Number of the current exchange interval between shards, from 1.
enum class Epoch : std::uint64_t {};

// Event time, milliseconds since the Unix epoch. Taken from events, never from the wall clock.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] constexpr Timestamp from_unix_ms(std::int64_t ms) {
  return Timestamp{std::chrono::milliseconds{ms}};
}
[[nodiscard]] constexpr std::int64_t to_unix_ms(Timestamp t) {
  return t.time_since_epoch().count();
}

struct TopicPartition {
  std::string topic;
  PartitionId partition{};
  auto operator<=>(const TopicPartition&) const = default;
};

}  // namespace sluice

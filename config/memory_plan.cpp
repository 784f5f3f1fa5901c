#include "config/memory_plan.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>

namespace sluice::config {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kKibibyte = std::uint64_t{1} << 10;

// Measured, and rounded up: code, libraries, their threads, Redis, dead letters, metrics.
constexpr std::uint64_t kBase = 96 * kMebibyte;
// Each shard's copies of what it changed in an epoch, and what it does with a batch.
constexpr std::uint64_t kShard = 24 * kMebibyte;
// Rows that each of several shards holds ready for new items (kReserve in model/model.cpp).
constexpr std::uint64_t kReservedItems = 24'000;
// A list that waits for Redis, by entry and beside them, with ids of usual length.
constexpr std::uint64_t kListEntry = 96;
constexpr std::uint64_t kList = 512;
// Kafka's client counts the records alone; small ones take several times as much.
constexpr std::uint64_t kQueueFactor = 4;
constexpr std::uint64_t kQueueKilobytes = 65'536;  // its default here, see ingest/kafka_properties.cpp
// Of an item without its name: counts, factors, two rows of neighbours, its places in the index.
constexpr std::uint64_t kItem = 2'432;
constexpr std::uint64_t kItemPerShard = 8;
constexpr std::uint64_t kLeastItems = 1'000;
constexpr std::uint64_t kLeastUsers = 8 * kMebibyte;

std::uint64_t queue_bytes(const KafkaOptions& kafka) {
  std::uint64_t kilobytes = kQueueKilobytes;
  const auto given = kafka.properties.find("queued.max.messages.kbytes");
  if (given != kafka.properties.end()) {
    const std::string& text = given->second;
    (void)std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  }
  return kilobytes * kKibibyte * kQueueFactor;
}

std::uint64_t list_bytes(const Options& options) {
  const std::uint64_t entries =
      options.ranking.list_size + options.ranking.spare_entries + options.publish.kept_entries;
  return kList + entries * kListEntry;
}

std::uint64_t program_bytes(const Options& options, std::size_t shards) {
  std::uint64_t bytes = kBase + shards * (kShard + queue_bytes(options.kafka)) +
                        options.publish.max_pending_lists * list_bytes(options);
  if (shards > 1) bytes += shards * kReservedItems * item_bytes(options, shards);
  return bytes;
}

}  // namespace

std::uint64_t item_bytes(const Options& options, std::size_t shards) {
  return kItem + options.events.max_id_bytes + shards * kItemPerShard;
}

std::size_t shard_count(const Options& options) {
  return options.shards > 0 ? options.shards : std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t least_max_bytes(const Options& options, std::size_t shards) {
  return program_bytes(options, shards) + kLeastUsers * MemoryPlan::kUserCopies +
         kLeastItems * item_bytes(options, shards) * MemoryPlan::kItemCopies;
}

MemoryPlan plan_memory(const Options& options, std::size_t shards) {
  const LimitsOptions& limits = options.limits;
  if (limits.max_bytes == 0) return {0, 0, limits.max_items};
  MemoryPlan plan;
  plan.program = program_bytes(options, shards);
  const std::uint64_t left = limits.max_bytes - std::min(limits.max_bytes, plan.program);
  const std::uint64_t each = item_bytes(options, shards) * MemoryPlan::kItemCopies;
  plan.max_items = std::max<std::uint64_t>(1, std::min(limits.max_items, left / 2 / each));
  plan.users =
      std::max<std::uint64_t>(1, (left - std::min(left, plan.max_items * each)) / MemoryPlan::kUserCopies);
  return plan;
}

}  // namespace sluice::config

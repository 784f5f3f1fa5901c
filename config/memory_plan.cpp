#include "config/memory_plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

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
constexpr std::uint64_t kLeastLists = 4'000;
// Kafka's client counts the records alone; small ones take several times as much.
constexpr std::uint64_t kQueueFactor = 4;
constexpr const char* kQueueProperty = "queued.max.messages.kbytes";
constexpr std::uint64_t kQueueKilobytes = 65'536;  // where there is room
constexpr std::uint64_t kLeastQueueKilobytes = 4'096;
// Of an item without its name: counts, factors, two rows of neighbours, its places in the index.
constexpr std::uint64_t kItem = 2'432;
constexpr std::uint64_t kItemPerShard = 8;
constexpr std::uint64_t kLeastItems = 1'000;
constexpr std::uint64_t kLeastUsers = 8 * kMebibyte;
constexpr std::size_t kMostShards = 256;  // as of the option
// Of a container's memory the process takes all but one of so many parts, for what the kernel counts beside
// it.
constexpr std::uint64_t kContainerParts = 10;

// Set by the options, or nothing.
std::optional<std::uint64_t> given_queue_kilobytes(const KafkaOptions& kafka) {
  const auto given = kafka.properties.find(kQueueProperty);
  if (given == kafka.properties.end()) return std::nullopt;
  const std::string& text = given->second;
  std::uint64_t kilobytes = kQueueKilobytes;
  (void)std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes;
}

std::uint64_t list_bytes(const Options& options) {
  const std::uint64_t entries =
      options.ranking.list_size + options.ranking.spare_entries + options.publish.kept_entries;
  return kList + entries * kListEntry;
}

struct Queues {
  std::uint64_t kilobytes;
  std::uint64_t lists;
};

Queues longest_queues(const Options& options) {
  return {given_queue_kilobytes(options.kafka).value_or(kQueueKilobytes), options.publish.max_pending_lists};
}

Queues shortest_queues(const Options& options) {
  return {given_queue_kilobytes(options.kafka).value_or(kLeastQueueKilobytes),
          std::min<std::uint64_t>(options.publish.max_pending_lists, kLeastLists)};
}

std::uint64_t kilobyte_bytes(std::size_t shards) {
  return shards * kKibibyte * kQueueFactor;
}

std::uint64_t program_bytes(const Options& options, std::size_t shards, const Queues& queues) {
  std::uint64_t bytes = kBase + shards * kShard + queues.kilobytes * kilobyte_bytes(shards) +
                        queues.lists * list_bytes(options);
  if (shards > 1) bytes += shards * kReservedItems * item_bytes(options, shards);
  return bytes;
}

// Each of the two may take a quarter of what is left when all is as small as can be.
Queues queues_within(const Options& options, std::size_t shards) {
  constexpr std::uint64_t kPart = 4;
  const Queues shortest = shortest_queues(options);
  const Queues longest = longest_queues(options);
  const std::uint64_t least = least_max_bytes(options, shards);
  const std::uint64_t part = (options.limits.max_bytes - std::min(options.limits.max_bytes, least)) / kPart;
  return {std::min(longest.kilobytes, shortest.kilobytes + part / kilobyte_bytes(shards)),
          std::min(longest.lists, shortest.lists + part / list_bytes(options))};
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes / kMebibyte) + " MiB";
}

}  // namespace

std::uint64_t item_bytes(const Options& options, std::size_t shards) {
  return kItem + options.events.max_id_bytes + shards * kItemPerShard;
}

std::size_t shard_count(const Options& options, const Machine& machine) {
  if (options.shards > 0) return options.shards;
  std::size_t shards = std::clamp<std::size_t>(machine.cpus, 1, kMostShards);
  const std::uint64_t limit = options.limits.max_bytes;
  while (limit != 0 && shards > 1 && least_max_bytes(options, shards) > limit) --shards;
  return shards;
}

std::uint64_t least_max_bytes(const Options& options, std::size_t shards) {
  return program_bytes(options, shards, shortest_queues(options)) + kLeastUsers * MemoryPlan::kUserCopies +
         kLeastItems * item_bytes(options, shards) * MemoryPlan::kItemCopies;
}

MemoryPlan plan_memory(const Options& options, std::size_t shards) {
  const LimitsOptions& limits = options.limits;
  const bool unlimited = limits.max_bytes == 0;
  const Queues queues = unlimited ? longest_queues(options) : queues_within(options, shards);
  MemoryPlan plan;
  plan.max_items = limits.max_items;
  plan.queue_kilobytes = queues.kilobytes;
  plan.pending_lists = queues.lists;
  if (unlimited) return plan;
  plan.program = program_bytes(options, shards, queues);
  const std::uint64_t left = limits.max_bytes - std::min(limits.max_bytes, plan.program);
  const std::uint64_t each = item_bytes(options, shards) * MemoryPlan::kItemCopies;
  plan.max_items = std::max<std::uint64_t>(1, std::min(limits.max_items, left / 2 / each));
  plan.users =
      std::max<std::uint64_t>(1, (left - std::min(left, plan.max_items * each)) / MemoryPlan::kUserCopies);
  return plan;
}

Fitted fit_to_machine(Options options, const Machine& machine) {
  Fitted fitted{std::move(options), {}, {}};
  Options& fits = fitted.options;
  if (fits.limits.max_bytes == 0 && machine.memory_bytes) {
    const std::uint64_t memory = *machine.memory_bytes;
    fits.limits.max_bytes = std::max<std::uint64_t>(1, memory - memory / kContainerParts);
    const std::uint64_t least = least_max_bytes(fits, shard_count(fits, machine));
    if (fits.limits.max_bytes >= least) {
      fitted.notes.push_back("limits.max_bytes is " + mebibytes(fits.limits.max_bytes) +
                             ": the control group allows " + mebibytes(memory));
    } else {
      fits.limits.max_bytes = least;
      fitted.warnings.push_back(
          "the control group allows " + mebibytes(memory) +
          " of memory, which is too little: limits.max_bytes is " + mebibytes(least) +
          ", the least that works with these options, and the kernel may kill the process");
    }
  }
  if (fits.shards == 0) {
    fits.shards = static_cast<std::uint32_t>(shard_count(fits, machine));
    fitted.notes.push_back("shards is " + std::to_string(fits.shards) +
                           " (CPUs to use: " + std::to_string(machine.cpus) + ")");
  }
  return fitted;
}

Options with_planned_queues(Options options, std::size_t shards) {
  const MemoryPlan plan = plan_memory(options, shards);
  options.publish.max_pending_lists = static_cast<std::uint32_t>(plan.pending_lists);
  options.kafka.properties[kQueueProperty] = std::to_string(plan.queue_kilobytes);
  return options;
}

}  // namespace sluice::config

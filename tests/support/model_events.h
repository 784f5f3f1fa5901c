#pragma once

#include <string>
#include <vector>

#include "model/model.h"
#include "model/random.h"

namespace sluice::test {

// Of tests that need no more than one.
inline constexpr PartitionId kPartition{0};

// One made-up event: users prefer the items whose number has their own remainder by four.
struct ModelEvent {
  std::string user;
  std::string item;
  Timestamp time;
};

[[nodiscard]] inline std::vector<ModelEvent> model_events(std::uint64_t seed, std::size_t count,
                                                          std::uint32_t users = 40,
                                                          std::uint32_t items = 200) {
  model::Random random(seed);
  std::vector<ModelEvent> events;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t user = random.below(users);
    const std::uint32_t item = random.below(items / 4) * 4 + user % 4;
    events.push_back({"u" + std::to_string(user), "i" + std::to_string(item),
                      from_unix_ms(1'600'000'000'000 + static_cast<std::int64_t>(k) * 60'000)});
  }
  return events;
}

inline void learn(model::Shard& shard, PartitionId partition, const ModelEvent& event, std::int64_t offset,
                  float weight = 1) {
  const model::Line line{event.item, weight, 0, Offset{offset}};
  (void)shard.learn({partition, event.user, event.time, {&line, 1}});
}

// For tables that are tried without any items.
[[nodiscard]] inline const model::ItemIndex& no_items() {
  static const model::ItemIndex index;
  return index;
}

// With offsets from 0.
inline void learn_all(model::Shard& shard, PartitionId partition, const std::vector<ModelEvent>& events) {
  for (std::size_t k = 0; k < events.size(); ++k) {
    learn(shard, partition, events[k], static_cast<std::int64_t>(k));
  }
}

[[nodiscard]] inline std::vector<std::string> ranked_items(model::Shard& shard, PartitionId partition,
                                                           const std::string& user, Timestamp now,
                                                           std::size_t n) {
  model::RankedList list;
  const auto found = shard.find(partition, user);
  if (!found || !shard.rank(*found, now, n, list)) return {};
  std::vector<std::string> items;
  for (const auto& entry : list.entries) items.emplace_back(entry.item);
  return items;
}

[[nodiscard]] inline std::vector<std::byte> saved_items(const model::Model& model) {
  ByteWriter writer;
  model.save_items(writer);
  return writer.take();
}
[[nodiscard]] inline std::vector<std::byte> saved_users(model::Shard& shard, PartitionId partition) {
  ByteWriter writer;
  shard.save_users(partition, writer);
  return writer.take();
}

}  // namespace sluice::test

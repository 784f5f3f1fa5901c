#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/row_table.h"
#include "bench/stage.h"
#include "bench/world.h"
#include "model/look_ahead.h"

namespace sluice::bench {
namespace {

std::vector<std::string> draw_names(std::uint32_t count, std::size_t draws,
                                    std::string (*name)(std::uint32_t)) {
  model::Random random(7);
  std::vector<std::string> names;
  for (std::size_t k = 0; k < draws; ++k) names.push_back(name(random.below(count)));
  return names;
}

double find_in_table(const RowTable& table, const std::vector<std::string>& names) {
  constexpr std::size_t kBatch = 64;
  return rate_on_one_core(names.size(), [&] {
    std::vector<std::uint64_t> hashes;
    for (std::size_t first = 0; first < names.size(); first += kBatch) {
      hashes.clear();
      for (std::size_t k = first; k < std::min(names.size(), first + kBatch); ++k) {
        hashes.push_back(RowTable::hash_of(names[k]));
        table.prefetch(hashes.back());
      }
      for (const std::uint64_t hash : hashes) keep(table.find(hash));
    }
  });
}

}  // namespace

void run_ids(const Settings& settings, const Report& report) {
  const Shape shape = scaled({}, settings);
  const auto model = make_model(shape, settings, default_options(), 1);
  const model::Shard& shard = model->shard(0);
  const std::size_t draws = settings.scaled(1'000'000);

  // In batches, as a shard has them from its queue; the item that a hint names too is none.
  constexpr std::size_t kBatch = 512;
  model::LookAhead ahead(shard, model::LookAhead::Work::find);
  const auto users = draw_names(shape.users, draws, user_name);
  std::vector<PartitionId> partitions;
  for (const std::string& user : users) partitions.push_back(partition_of(user));
  RowTable user_table(shape.users);
  for (std::uint32_t k = 0; k < shape.users; ++k) user_table.add(user_name(k), k);
  const auto of_users = measure_beside(
      settings.rounds(),
      [&] {
        return rate_on_one_core(users.size(), [&] {
          for (std::size_t k = 0; k < users.size(); ++k) {
            const std::size_t first = k / kBatch * kBatch;
            ahead.before(k - first, std::min(kBatch, users.size() - first), [&](std::size_t next) {
              return model::Shard::Hint{partitions[first + next], model::hash_name(users[first + next]), 0};
            });
            keep(shard.find(partitions[k], users[k], ahead.hint(k - first).user_row));
          }
        });
      },
      [&] { return find_in_table(user_table, users); });
  report({"user_ids_per_s", "find a user by id", std::to_string(shape.users) + " users, uniform",
          of_users.ours, "ids/s", Figure::Limit{"hash table, prefetched", of_users.limit}, "user_ids_share"});

  const auto items = draw_names(shape.items, draws, item_name);
  RowTable item_table(shape.items);
  for (std::uint32_t k = 0; k < shape.items; ++k) item_table.add(item_name(k), k);
  const auto of_items = measure_beside(
      settings.rounds(),
      [&] {
        return rate_on_one_core(items.size(), [&] {
          for (std::size_t k = 0; k < items.size(); ++k) {
            const std::size_t first = k / kBatch * kBatch;
            ahead.before(k - first, std::min(kBatch, items.size() - first), [&](std::size_t next) {
              return model::Shard::Hint{PartitionId{-1}, 0, model::hash_name(items[first + next])};
            });
            keep(model->items().index.find_guessed(items[k], ahead.hint(k - first).item_row));
          }
        });
      },
      [&] { return find_in_table(item_table, items); });
  report({"item_ids_per_s", "find an item by id", std::to_string(shape.items) + " items, uniform",
          of_items.ours, "ids/s", Figure::Limit{"hash table, prefetched", of_items.limit}, "item_ids_share"});
}

}  // namespace sluice::bench

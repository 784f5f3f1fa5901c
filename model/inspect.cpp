#include "model/inspect.h"

#include <algorithm>
#include <memory>

#include "model/model.h"

namespace sluice::model {

namespace {
config::Options reading_options() {
  config::Options options;
  options.limits.max_items = kMaxItemRows;
  options.limits.max_users = ~std::uint64_t{0};
  return options;
}
}  // namespace

std::optional<std::vector<ItemEvents>> item_events(std::span<const std::byte> items_section) {
  Model model(reading_options(), 1);
  ByteReader reader(items_section);
  if (!model.load_items(reader)) return std::nullopt;
  std::vector<ItemEvents> items;
  for (ItemRow row = 0; row < model.items().index.rows(); ++row) {
    if (!model.items().index.bound(row)) continue;
    items.push_back({std::string(model.items().index.name(row)), model.items().stats[row].events});
  }
  std::ranges::sort(items, {}, &ItemEvents::item);
  return items;
}

std::optional<std::vector<UserEvents>> user_events(std::span<const std::byte> users_section) {
  Model model(reading_options(), 1);
  model.know_items(users_section);
  ByteReader reader(users_section);
  constexpr PartitionId kPartition{0};
  if (!model.shard(0).load_users(kPartition, reader)) return std::nullopt;
  std::vector<UserEvents> users;
  model.shard(0).visit_users(kPartition, [&](std::string_view name, const User& user) {
    users.push_back({std::string(name), user.events});
  });
  std::ranges::sort(users, {}, &UserEvents::user);
  return users;
}

}  // namespace sluice::model

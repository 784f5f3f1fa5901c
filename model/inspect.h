#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Reads the model's snapshot sections without a model, for `sluice snapshot inspect`.
namespace sluice::model {

struct ItemEvents {
  std::string item;
  std::uint64_t events;  // applied, undecayed
};
// Of a section "items", sorted by name; nothing if it is damaged.
[[nodiscard]] std::optional<std::vector<ItemEvents>> item_events(std::span<const std::byte> items_section);

struct UserEvents {
  std::string user;
  std::uint64_t events;  // applied, undecayed
};
// Of a section "users/<partition>", sorted by name; nothing if it is damaged.
[[nodiscard]] std::optional<std::vector<UserEvents>> user_events(std::span<const std::byte> users_section);

}  // namespace sluice::model

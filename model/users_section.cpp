#include "model/users_section.h"

#include <algorithm>
#include <utility>

namespace sluice::model {

UsersHeader read_users_header(ByteReader& in) {
  UsersHeader header;
  header.version = in.get<std::uint32_t>();
  header.lineage = in.get<std::uint64_t>();
  const auto count = in.get<std::uint64_t>();
  if (!header.known()) return header;
  for (std::uint64_t k = 0; k < count && in.ok(); ++k) {
    const ItemId reference = header.version == 1 ? ItemId{static_cast<std::uint32_t>(k)} : in.get<ItemId>();
    const std::string_view name = in.get_string();
    if (in.ok()) header.items.push_back({reference, name});
  }
  header.rows = in.get<std::uint64_t>();
  return header;
}

void save_user(std::string_view name, const User& user, ByteWriter& out) {
  out.put_string(name);
  out.put(to_unix_ms(user.first_event));
  out.put(to_unix_ms(user.last_event));
  out.put(static_cast<std::int64_t>(user.offset));
  out.put(user.events);
  out.put(user.taught);
  out.put(user.factor_squares);
  out.put(user.factors);
  out.put_array(std::span<const HistoryEntry>(user.history));
  out.put_array(user.seen.exact());
  out.put_array(user.seen.bloom());
}

void save_free_row(ByteWriter& out) {
  out.put_string({});
}

ItemReferences::ItemReferences(const UsersHeader& header, const ItemIndex& index, bool own_items)
    : own_items_(own_items) {
  for (const UsersHeader::Item& item : header.items) {
    const ItemRow row = row_of(item.reference);
    if (row >= listed_.size()) listed_.resize(row + std::size_t{1});
    listed_[row] = {item.reference, index.find(item.name)};
  }
}

std::optional<ItemId> ItemReferences::resolve(ItemId reference) const {
  const ItemRow row = row_of(reference);
  if (row < listed_.size() && listed_[row].reference == reference) {
    if (listed_[row].item == ItemIndex::kNoItem) return std::nullopt;
    return listed_[row].item;
  }
  return own_items_ ? std::optional(kDeadItem) : std::nullopt;
}

void load_user(User& user, std::uint32_t version, const ItemReferences& items, bool keep_factors,
               ByteReader& in) {
  user.first_event = from_unix_ms(in.get<std::int64_t>());
  user.last_event = from_unix_ms(in.get<std::int64_t>());
  user.offset = Offset{in.get<std::int64_t>()};
  user.events = in.get<std::uint64_t>();
  if (version > 2) user.taught = in.get<float>();
  user.factor_squares = in.get<float>();
  user.factors = in.get<decltype(user.factors)>();
  if (!keep_factors) {
    user.factor_squares = 0;
    user.factors = {};
  }
  for (const HistoryEntry& entry : in.get_array<HistoryEntry>()) {
    if (const auto item = items.resolve(entry.item)) user.history.push_back({*item, entry.seconds});
  }
  std::vector<ItemId> seen;
  for (const ItemId reference : in.get_array<ItemId>()) {
    if (const auto item = items.resolve(reference)) seen.push_back(*item);
  }
  user.seen.restore(std::move(seen), in.get_array<std::uint64_t>());
}

}  // namespace sluice::model

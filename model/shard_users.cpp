#include <algorithm>

#include "model/model.h"

// A users section: u32 version, u64 lineage, u64 seed of the factors' dimension, the items the users refer to
// (by name), then the users.
namespace sluice::model {

namespace {
constexpr std::uint32_t kUsersVersion = 1;

// Items by order of first mention.
class ItemDictionary {
 public:
  std::uint32_t number_of(ItemId item) {
    const auto [at, added] = numbers_.try_emplace(static_cast<std::uint32_t>(item), items_.size());
    if (added) items_.push_back(item);
    return static_cast<std::uint32_t>(at->second);
  }
  [[nodiscard]] std::span<const ItemId> items() const { return items_; }

 private:
  absl::flat_hash_map<std::uint32_t, std::size_t> numbers_;
  std::vector<ItemId> items_;
};

void save_user(const User& user, const ItemIndex& index, ItemDictionary& dictionary, ByteWriter& out) {
  out.put_string(user.name);
  out.put(to_unix_ms(user.first_event));
  out.put(to_unix_ms(user.last_event));
  out.put(static_cast<std::int64_t>(user.offset));
  out.put(user.events);
  out.put(user.factor_squares);
  out.put(user.factors);
  std::vector<HistoryEntry> history;
  for (const HistoryEntry& entry : user.history) {
    if (index.alive(entry.item)) history.push_back({ItemId{dictionary.number_of(entry.item)}, entry.seconds});
  }
  out.put_array(std::span<const HistoryEntry>(history));
  std::vector<std::uint32_t> seen;
  for (const ItemId item : user.seen.exact()) {
    if (index.alive(item)) seen.push_back(dictionary.number_of(item));
  }
  out.put_array(std::span<const std::uint32_t>(seen));
  out.put_array(user.seen.bloom());
}

struct Header {
  std::uint32_t version = 0;
  std::uint64_t lineage = 0;
  std::vector<std::string_view> items;  // views of the section
};

Header read_header(ByteReader& in) {
  Header header;
  header.version = in.get<std::uint32_t>();
  header.lineage = in.get<std::uint64_t>();
  const auto count = in.get<std::uint64_t>();
  if (header.version != kUsersVersion) return header;
  for (std::uint64_t k = 0; k < count && in.ok(); ++k) {
    const std::string_view name = in.get_string();
    if (in.ok()) header.items.push_back(name);
  }
  return header;
}

// `items` may hold kNoItem for those that made room since. False: a number beyond the dictionary.
bool load_user(User& user, std::span<const ItemId> items, bool keep_factors, ByteReader& in) {
  user.first_event = from_unix_ms(in.get<std::int64_t>());
  user.last_event = from_unix_ms(in.get<std::int64_t>());
  user.offset = Offset{in.get<std::int64_t>()};
  user.events = in.get<std::uint64_t>();
  user.factor_squares = in.get<float>();
  user.factors = in.get<decltype(user.factors)>();
  if (!keep_factors) {
    user.factor_squares = 0;
    user.factors = {};
  }
  for (const HistoryEntry& entry : in.get_array<HistoryEntry>()) {
    const auto number = static_cast<std::uint32_t>(entry.item);
    if (number >= items.size()) return false;
    if (items[number] != ItemIndex::kNoItem) user.history.push_back({items[number], entry.seconds});
  }
  std::vector<ItemId> seen;
  for (const std::uint32_t number : in.get_array<std::uint32_t>()) {
    if (number >= items.size()) return false;
    if (items[number] != ItemIndex::kNoItem) seen.push_back(items[number]);
  }
  user.seen.restore(std::move(seen), in.get_array<std::uint64_t>());
  return in.ok();
}
}  // namespace

void Shard::save_users(PartitionId partition, ByteWriter& out) const {
  const UserTable& table = partitions_.at(partition).table;
  ItemDictionary dictionary;
  ByteWriter users;
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    if (table.alive(row)) save_user(table[row], items_.index, dictionary, users);
  }
  out.put(kUsersVersion);
  out.put(lineage_);
  out.put(static_cast<std::uint64_t>(dictionary.items().size()));
  for (const ItemId item : dictionary.items()) out.put_string(items_.index.name(row_of(item)));
  out.put(static_cast<std::uint64_t>(table.size()));
  out.put_bytes(users.bytes().data(), users.size());
}

void Model::know_items(std::span<const std::byte> users_section) {
  ByteReader in(users_section);
  for (const std::string_view name : read_header(in).items) (void)items_.find_or_add(name, options_.seed);
}

bool Shard::load_users(PartitionId partition, ByteReader& in) {
  drop(partition);
  assign(partition);
  UserTable& table = partitions_.at(partition).table;
  const Header header = read_header(in);
  bool sound = header.version == kUsersVersion;
  const bool keep_factors = header.lineage == lineage_;
  std::vector<ItemId> items;
  for (const std::string_view name : header.items) items.push_back(items_.index.find(name));
  const auto user_count = in.get<std::uint64_t>();
  for (std::uint64_t k = 0; k < user_count && in.ok() && sound; ++k) {
    const std::string_view name = in.get_string();
    sound = in.ok() && !name.empty() && table.find(name) == UserTable::kNoUser &&
            load_user(table[table.find_or_add(name)], items, keep_factors, in);
    if (sound && !keep_factors) ++restarted_factors_;
  }
  sound = sound && in.ok() && in.remaining() == 0;
  if (!sound) {
    drop(partition);
    assign(partition);
  }
  return sound;
}

}  // namespace sluice::model

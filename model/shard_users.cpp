#include <limits>
#include <utility>

#include "model/model.h"
#include "model/users_section.h"

namespace sluice::model {

void Shard::begin_cut(const std::shared_ptr<ItemCut>& items) {
  item_cut_ = items;
  user_cuts_.clear();
  for (auto& [partition, users] : partitions_) {
    auto cut = std::make_unique<UserCut>(users.table, items, lineage_);
    users.cut = cut.get();
    user_cuts_.emplace(partition, std::move(cut));
  }
}

// Items first: an event touches many of them, each of which must be put down before that if its turn has not
// come, and only one user.
bool Shard::save_some(std::size_t bytes) {
  if (item_cut_ == nullptr) return true;
  if (!item_cut_->range_whole(index_)) {
    item_cut_->save_some(index_, bytes);
    return false;
  }
  for (const auto& [partition, cut] : user_cuts_) {
    if (!cut->whole()) {
      cut->save_some(bytes);
      return false;
    }
  }
  return true;
}

Shard::UserCuts Shard::take_cut() {
  if (item_cut_ != nullptr) item_cut_->release();
  item_cut_.reset();
  for (auto& [partition, users] : partitions_) users.cut = nullptr;
  return std::exchange(user_cuts_, {});
}

void Shard::save_users(PartitionId partition, ByteWriter& out) const {
  const auto items = std::make_shared<const ItemCut>(items_, ItemCut::Frame{}, 1);
  UserCut cut(partitions_.at(partition).table, items, lineage_);
  while (!cut.whole()) cut.save_some(std::numeric_limits<std::size_t>::max());
  cut.take().move_into(out);
}

void Model::know_items(std::span<const std::byte> users_section) {
  ByteReader in(users_section);
  for (const UsersHeader::Item& item : read_users_header(in).items) {
    (void)items_.find_or_add(item.name, options_.seed);
  }
}

bool Shard::load_users(PartitionId partition, ByteReader& in) {
  drop(partition);
  assign(partition);
  UserTable& table = partitions_.at(partition).table;
  const UsersHeader header = read_users_header(in);
  const bool keep_factors = header.lineage == lineage_;
  const ItemReferences items(header, items_.index, keep_factors);
  bool sound = header.known();
  for (std::uint64_t k = 0; k < header.rows && in.ok() && sound; ++k) {
    const std::string_view name = in.get_string();
    if (name.empty()) {
      sound = in.ok() && header.version > 1;
      table.append_free_row();
      continue;
    }
    sound = table.find(name) == UserTable::kNoUser;
    if (!sound) break;
    User& user = table.append(name);
    load_user(user, header.version, items, keep_factors, in);
    trim_history(user);
    if (items_.index.wraps() != 0) table.set_sound(table.rows() - 1, items_.index.wraps());
    if (!keep_factors) ++restarted_factors_;
  }
  if (sound && header.version > 1) sound = table.order_free_rows(in.get_array<std::uint32_t>());
  sound = sound && in.ok() && in.remaining() == 0;
  if (!sound) {
    drop(partition);
    assign(partition);
    return false;
  }
  count_heap(partitions_.at(partition));
  return sound;
}

}  // namespace sluice::model

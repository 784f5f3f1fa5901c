#include "model/user_cut.h"

#include <utility>

#include "model/small_pages.h"
#include "model/users_section.h"

namespace sluice::model {

UserCut::UserCut(const UserTable& users, std::shared_ptr<const ItemCut> items, std::uint64_t lineage)
    : users_(&users),
      items_(std::move(items)),
      lineage_(lineage),
      rows_(users.rows()),
      free_(users.free_rows().begin(), users.free_rows().end()) {}

void UserCut::adopt(UserTable&& users) {
  own_ = std::move(users);
  users_ = &*own_;
}

void UserCut::put(std::uint32_t row, bool was_free, ByteWriter& out) const {
  if (was_free || !users_->alive(row)) {
    save_free_row(out);
  } else {
    save_user(users_->name(row), (*users_)[row], out);
    bury_dead(users_->sound_at(row), out);
  }
}

// References in what was put down, which begins where the writer does.
void UserCut::bury_dead(std::uint64_t sound_at, ByteWriter& out) const {
  for_each_reference(out.bytes(), [&](ItemId item, std::size_t where) {
    if (!items_->alive(item) || items_->is_worn(item, sound_at)) out.put_at(where, kDeadItem);
  });
}

void UserCut::keep(std::uint32_t row, bool was_free) {
  const auto [at, first] = kept_.try_emplace(row);
  if (!first) return;
  record_.clear();
  put(row, was_free, record_);
  at->second = early_.put(record_.bytes());
}

std::size_t UserCut::save_row(std::uint32_t row) {
  constexpr std::size_t kRowWork = 64;
  record_.clear();
  const auto early = kept_.find(row);
  if (early == kept_.end()) put(row, false, record_);
  const auto record = records_.put(early == kept_.end() ? record_.bytes() : early->second);
  for_each_reference(record, [&](ItemId item, std::size_t) {
    if (item != kDeadItem) referred_[row_of(item)] = static_cast<std::uint32_t>(item) + 1;
  });
  return kRowWork + record.size();
}

std::size_t UserCut::save_name(ItemRow row) {
  constexpr std::size_t kRowWork = 4;
  if (referred_[row] == 0) return kRowWork;
  record_.clear();
  record_.put(referred_[row] - 1);
  record_.put_string(items_->name(row));
  ++names_count_;
  return kRowWork + names_.put(record_.bytes()).size();
}

void UserCut::save_some(std::size_t bytes) {
  const ItemRow names = items_->rows();
  if (next_ == 0 && next_name_ == 0) {
    referred_ = MappedArray<std::uint32_t>(names);
    use_small_pages(referred_);
  }
  std::size_t done = 0;
  while (next_ < rows_ && done < bytes) done += save_row(next_++);
  while (next_ == rows_ && next_name_ < names && done < bytes) done += save_name(next_name_++);
  if (next_ < rows_ || next_name_ < names) return;
  referred_ = MappedArray<std::uint32_t>(0);
  whole_ = true;
}

Pieces UserCut::take() {
  Pieces section;
  record_.clear();
  record_.put(UsersHeader::kVersion);
  record_.put(lineage_);
  record_.put(names_count_);
  section.put(record_.bytes());
  section.append(std::move(names_));
  record_.clear();
  record_.put(std::uint64_t{rows_});
  section.put(record_.bytes());
  section.append(std::move(records_));
  record_.clear();
  record_.put_array(std::span<const std::uint32_t>(free_));
  section.put(record_.bytes());
  return section;
}

}  // namespace sluice::model

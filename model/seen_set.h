#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/item_id.h"

namespace sluice::model {

// The items a user had: exact up to a limit, then a Bloom filter for the rest (Bloom, CACM 1970), which may
// take an unseen item for a seen one but never the reverse. Not thread-safe.
class SeenSet {
 public:
  // `name_hash` identifies the item wherever its users move to (rows do not); so it is what the filter holds.
  void insert(ItemId item, std::uint64_t name_hash, std::uint32_t exact_limit) {
    if (!sets_) sets_ = std::make_unique<Sets>();
    auto& [exact, bloom] = *sets_;
    const auto at = std::lower_bound(exact.begin(), exact.end(), item);
    if (at != exact.end() && *at == item) return;
    if (exact.size() < exact_limit) {
      exact.insert(at, item);
      return;
    }
    if (bloom.empty())
      bloom.resize(std::max<std::size_t>(exact_limit / 4, 16));  // 16 bits for each exact one
    for_each_bit(name_hash, [&](std::size_t bit) { bloom[bit / 64] |= std::uint64_t{1} << (bit % 64); });
  }
  void erase(ItemId item) {
    if (!sets_) return;
    auto& exact = sets_->exact;
    const auto at = std::lower_bound(exact.begin(), exact.end(), item);
    if (at != exact.end() && *at == item) exact.erase(at);
  }
  // new_name(item): what the item is called from now on; most often the same.
  template <typename NewName>
  void rename(NewName new_name) {
    if (!sets_) return;
    auto& exact = sets_->exact;
    bool changed = false;
    for (ItemId& item : exact) {
      const ItemId renamed = new_name(item);
      changed = changed || renamed != item;
      item = renamed;
    }
    if (!changed) return;
    std::sort(exact.begin(), exact.end());
    exact.erase(std::unique(exact.begin(), exact.end()), exact.end());
  }
  // Items for which dead(item) is true keep their places and are none any more.
  template <typename IsDead>
  void bury(IsDead dead) {
    if (!sets_) return;
    auto& exact = sets_->exact;
    const auto end = std::remove_if(exact.begin(), exact.end(), dead);
    std::fill(end, exact.end(), kDeadItem);
  }
  // `name_hash` is called only if the filter must be asked.
  template <typename NameHash>
  [[nodiscard]] bool contains(ItemId item, NameHash name_hash) const {
    if (!sets_) return false;
    const auto& [exact, bloom] = *sets_;
    if (std::binary_search(exact.begin(), exact.end(), item)) return true;
    if (bloom.empty()) return false;
    bool all = true;
    for_each_bit(name_hash(),
                 [&](std::size_t bit) { all = all && ((sets_->bloom[bit / 64] >> (bit % 64)) & 1U) != 0; });
    return all;
  }
  [[nodiscard]] std::span<const ItemId> exact() const {
    return sets_ ? std::span<const ItemId>(sets_->exact) : std::span<const ItemId>();
  }
  [[nodiscard]] std::span<const std::uint64_t> bloom() const {
    return sets_ ? std::span<const std::uint64_t>(sets_->bloom) : std::span<const std::uint64_t>();
  }
  // What it takes beside itself.
  [[nodiscard]] std::uint64_t heap_bytes() const {
    if (!sets_) return 0;
    return sizeof(Sets) + sets_->exact.capacity() * sizeof(ItemId) +
           sets_->bloom.capacity() * sizeof(std::uint64_t);
  }
  void restore(std::vector<ItemId> exact, std::vector<std::uint64_t> bloom) {
    sets_.reset();
    if (exact.empty() && bloom.empty()) return;
    std::sort(exact.begin(), exact.end());
    sets_ = std::make_unique<Sets>(Sets{std::move(exact), std::move(bloom)});
  }

 private:
  template <typename Visit>
  void for_each_bit(std::uint64_t hash, Visit visit) const {
    const auto bits = static_cast<std::uint64_t>(sets_->bloom.size()) * 64;
    for (std::uint64_t k = 0; k < 6; ++k) {
      visit(static_cast<std::size_t>((hash + k * ((hash >> 32) | 1U)) % bits));
    }
  }

  struct Sets {
    std::vector<ItemId> exact;
    std::vector<std::uint64_t> bloom;
  };
  std::unique_ptr<Sets> sets_;  // null: nothing was seen, as of all users where repeats are wanted
};

}  // namespace sluice::model

#pragma once

#include <algorithm>
#include <cstdint>
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
    const auto at = std::lower_bound(exact_.begin(), exact_.end(), item);
    if (at != exact_.end() && *at == item) return;
    if (exact_.size() < exact_limit) {
      exact_.insert(at, item);
      return;
    }
    if (bloom_.empty())
      bloom_.resize(std::max<std::size_t>(exact_limit / 4, 16));  // 16 bits for each exact one
    for_each_bit(name_hash, [this](std::size_t bit) { bloom_[bit / 64] |= std::uint64_t{1} << (bit % 64); });
  }
  void erase(ItemId item) {
    const auto at = std::lower_bound(exact_.begin(), exact_.end(), item);
    if (at != exact_.end() && *at == item) exact_.erase(at);
  }
  void rename(ItemId from, ItemId to) {
    const auto at = std::lower_bound(exact_.begin(), exact_.end(), from);
    if (at == exact_.end() || *at != from) return;
    exact_.erase(at);
    const auto place = std::lower_bound(exact_.begin(), exact_.end(), to);
    if (place == exact_.end() || *place != to) exact_.insert(place, to);
  }
  // `name_hash` is called only if the filter must be asked.
  template <typename NameHash>
  [[nodiscard]] bool contains(ItemId item, NameHash name_hash) const {
    if (std::binary_search(exact_.begin(), exact_.end(), item)) return true;
    if (bloom_.empty()) return false;
    bool all = true;
    for_each_bit(name_hash(),
                 [&](std::size_t bit) { all = all && ((bloom_[bit / 64] >> (bit % 64)) & 1U) != 0; });
    return all;
  }
  [[nodiscard]] std::span<const ItemId> exact() const { return exact_; }
  [[nodiscard]] std::span<const std::uint64_t> bloom() const { return bloom_; }
  void restore(std::vector<ItemId> exact, std::vector<std::uint64_t> bloom) {
    std::sort(exact.begin(), exact.end());
    exact_ = std::move(exact);
    bloom_ = std::move(bloom);
  }

 private:
  template <typename Visit>
  void for_each_bit(std::uint64_t hash, Visit visit) const {
    const auto bits = static_cast<std::uint64_t>(bloom_.size()) * 64;
    for (std::uint64_t k = 0; k < 6; ++k) {
      visit(static_cast<std::size_t>((hash + k * ((hash >> 32) | 1U)) % bits));
    }
  }
  std::vector<ItemId> exact_;
  std::vector<std::uint64_t> bloom_;
};

}  // namespace sluice::model

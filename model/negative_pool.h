#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.h"
#include "model/item_state.h"
#include "model/random.h"

namespace sluice::model {

// Uniformly drawn items from which an event's negatives are drawn again, so that their rows stay in the
// cache. Renewed after so many draws; part of a snapshot, because what is drawn next depends on it.
class NegativePool {
 public:
  static constexpr std::size_t kSize = 1024;
  static constexpr std::uint32_t kEventsPerPool = 1024;

  explicit NegativePool(std::uint64_t seed) : seed_(seed) {}

  // To be called once for each event, before it draws.
  void advance(const ItemState& items) {
    if (left_ > 0 && rows_.size() >= std::min<std::size_t>(kSize, items.index.size())) {
      --left_;
      return;
    }
    renew(items);
  }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] ItemRow draw(Random& random) const {
    return rows_[random.below(static_cast<std::uint32_t>(rows_.size()))];
  }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  void renew(const ItemState& items);

  std::uint64_t seed_;
  std::uint64_t renewals_ = 0;
  std::uint32_t left_ = 0;
  std::vector<ItemRow> rows_;
};

}  // namespace sluice::model

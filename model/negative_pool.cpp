#include "model/negative_pool.h"

namespace sluice::model {

void NegativePool::renew(const ItemState& items) {
  Random random(mix64(seed_ ^ mix64(++renewals_)));
  left_ = kEventsPerPool;
  rows_.clear();
  const ItemRow rows = items.index.rows();
  const std::size_t wanted = std::min<std::size_t>(kSize, items.index.size());
  for (std::size_t tries = 0; rows > 0 && rows_.size() < wanted && tries < 4 * kSize; ++tries) {
    const ItemRow row = random.below(rows);
    if (items.index.bound(row) && items.stats[row].events > 0) rows_.push_back(row);
  }
}

void NegativePool::save(ByteWriter& out) const {
  out.put(seed_);
  out.put(renewals_);
  out.put(left_);
  out.put_array(std::span<const ItemRow>(rows_));
}

void NegativePool::load(ByteReader& in) {
  seed_ = in.get<std::uint64_t>();
  renewals_ = in.get<std::uint64_t>();
  left_ = in.get<std::uint32_t>();
  rows_ = in.get_array<ItemRow>();
}

}  // namespace sluice::model

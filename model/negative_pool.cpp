#include "model/negative_pool.h"

#include <algorithm>

namespace sluice::model {

void NegativePool::advance(const ItemState& items) {
  const ItemRow rows = items.index.rows();
  const std::size_t wanted = std::min<std::size_t>(kSize, 2 * items.index.size());
  if (wanted == 0) return;
  const std::size_t missing = wanted > rows_.size() ? wanted - rows_.size() : 0;
  const std::size_t fresh = std::max(kReplacedPerEvent, missing);
  for (std::size_t k = 0; k < fresh; ++k) {
    const auto row = Random(mix64(seed_ ^ mix64(++drawn_))).below(rows);
    if (!items.index.bound(row) || items.stats[row].events == 0) continue;
    if (rows_.size() < wanted) {
      rows_.push_back(row);
    } else {
      rows_[next_++ % rows_.size()] = row;
    }
  }
}

void NegativePool::save(ByteWriter& out) const {
  out.put(seed_);
  out.put(drawn_);
  out.put(next_);
  out.put_array(std::span<const ItemRow>(rows_));
}

void NegativePool::load(ByteReader& in) {
  seed_ = in.get<std::uint64_t>();
  drawn_ = in.get<std::uint64_t>();
  next_ = in.get<std::uint64_t>();
  rows_ = in.get_array<ItemRow>();
}

}  // namespace sluice::model

#include "model/neighbours.h"

#include <algorithm>
#include <cmath>

namespace sluice::model {

NeighbourTable::NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life)
    : decay_(half_life), rows_(capacity) {}

void NeighbourTable::add(const NeighbourIncrement& increment) {
  NeighbourRow& row = rows_[increment.from];
  float amount = increment.amount;
  if (row.count == 0) row.mark = increment.mark;
  if (increment.mark > row.mark) {
    const auto factor = static_cast<float>(std::exp2(-Decay::kMarkSpan * (increment.mark - row.mark)));
    for (std::uint32_t k = 0; k < row.count; ++k) row.weights[k] *= factor;
    row.mass *= factor;
    row.mark = increment.mark;
  } else if (increment.mark < row.mark) {
    amount *= static_cast<float>(std::exp2(-Decay::kMarkSpan * (row.mark - increment.mark)));
  }
  const ItemId* const end = row.items.data() + row.count;
  const ItemId* const found = std::find<const ItemId*>(row.items.data(), end, increment.to);
  if (found != end) {
    row.weights[static_cast<std::size_t>(found - row.items.data())] += amount;
    row.mass += amount;
    return;
  }
  if (amount <= 0) return;
  std::uint32_t place = row.count;
  if (row.count < NeighbourRow::kCapacity) {
    ++row.count;
  } else {
    place = static_cast<std::uint32_t>(std::min_element(row.weights.begin(), row.weights.end()) -
                                       row.weights.begin());
    row.mass -= row.weights[place];
  }
  row.items[place] = increment.to;
  row.weights[place] = amount;
  row.mass += amount;
}

}  // namespace sluice::model

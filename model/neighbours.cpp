#include "model/neighbours.h"

#include <cmath>

#include "model/kernels.h"
#include "model/random.h"

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
  const std::size_t found = find_item(std::span(row.items).first(row.count), increment.to);
  if (found < row.count) {
    row.weights[found] += amount;
    row.mass += amount;
    return;
  }
  if (amount <= 0) return;
  std::size_t place = row.count;
  if (row.count < NeighbourRow::kCapacity) {
    ++row.count;
  } else {
    constexpr std::size_t kSample = 25;  // places looked at for the smallest entry
    const std::size_t first =
        mix64(static_cast<std::uint64_t>(increment.to)) % (NeighbourRow::kCapacity / kSample) * kSample;
    place = first + find_least(std::span(row.weights).subspan(first, kSample));
    row.mass -= row.weights[place];
  }
  row.items[place] = increment.to;
  row.weights[place] = amount;
  row.mass += amount;
}

}  // namespace sluice::model

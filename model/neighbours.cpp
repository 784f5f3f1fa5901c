#include "model/neighbours.h"

#include <algorithm>
#include <cmath>

#include "model/kernels.h"
#include "model/random.h"

namespace sluice::model {

NeighbourTable::NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life)
    : decay_(half_life), rows_(capacity) {}

void NeighbourTable::add(const NeighbourIncrement& increment) {
  NeighbourRow& row = mutable_row(increment.from);
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

void NeighbourTable::save_row(ItemRow row, ByteWriter& out) const {
  const NeighbourRow& neighbours = rows_[row];
  out.put(neighbours.mark);
  out.put(neighbours.mass);
  out.put_array(std::span(neighbours.items).first(neighbours.count));
  out.put_array(std::span(neighbours.weights).first(neighbours.count));
}

bool NeighbourTable::load_row(ItemRow row, ByteReader& in) {
  NeighbourRow& neighbours = mutable_row(row);
  neighbours.mark = in.get<std::int32_t>();
  neighbours.mass = in.get<float>();
  const auto items = in.get_array<ItemId>();
  const auto weights = in.get_array<float>();
  if (items.size() != weights.size() || items.size() > NeighbourRow::kCapacity) return false;
  std::copy(items.begin(), items.end(), neighbours.items.begin());
  std::copy(weights.begin(), weights.end(), neighbours.weights.begin());
  neighbours.count = static_cast<std::uint32_t>(items.size());
  return true;
}

}  // namespace sluice::model

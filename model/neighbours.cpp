#include "model/neighbours.h"

#include <algorithm>
#include <cmath>

#include "model/kernels.h"

namespace sluice::model {

NeighbourTable::NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life)
    : decay_(half_life), rows_(capacity) {}

void NeighbourSet::add(ItemId item, float amount, std::int32_t mark_of_amount) {
  const std::uint32_t size = count();
  if (size == 0) {
    set(mark_of_amount, 0);
  } else if (mark_of_amount > mark()) {
    const auto factor = static_cast<float>(std::exp2(-Decay::kMarkSpan * (mark_of_amount - mark())));
    for (float& weight : std::span(weights).first(size)) weight *= factor;
    mass *= factor;
    set(mark_of_amount, size);
  } else if (mark_of_amount < mark()) {
    amount *= static_cast<float>(std::exp2(-Decay::kMarkSpan * (mark() - mark_of_amount)));
  }
  const std::size_t found = find_item(std::span(items).first(size), item);
  if (found < size) {
    weights[found] += amount;
    mass += amount;
    return;
  }
  if (amount <= 0) return;
  std::size_t place = size;
  if (size < kCapacity) {
    set(mark(), size + 1);
  } else {
    place = find_least(weights);
    mass -= weights[place];
  }
  items[place] = item;
  weights[place] = amount;
  mass += amount;
}

void NeighbourTable::clear(ItemRow row) {
  for (NeighbourSet& set : mutable_row(row).sets) {
    set.set(0, 0);
    set.mass = 0;
  }
}

// The counts of all sets, then of each that is not empty its mark, mass, items and weights.
void NeighbourTable::save_row(ItemRow row, ByteWriter& out) const {
  const NeighbourRow& neighbours = rows_[row];
  std::array<std::uint8_t, NeighbourRow::kSets> counts{};
  std::ranges::transform(neighbours.sets, counts.begin(),
                         [](const NeighbourSet& set) { return static_cast<std::uint8_t>(set.count()); });
  out.put(counts);
  for (const NeighbourSet& set : neighbours.sets) {
    if (set.count() == 0) continue;
    out.put(set.mark());
    out.put(set.mass);
    out.put_bytes(set.items.data(), set.count() * sizeof(ItemId));
    out.put_bytes(set.weights.data(), set.count() * sizeof(float));
  }
}

bool NeighbourTable::load_row(ItemRow row, bool sets, ByteReader& in) {
  NeighbourRow& neighbours = mutable_row(row);
  if (!sets) {
    const auto mark = in.get<std::int32_t>();
    (void)in.get<float>();  // the mass
    const auto items = in.get_array<ItemId>();
    const auto weights = in.get_array<float>();
    if (items.size() != weights.size()) return false;
    for (std::size_t k = 0; k < items.size(); ++k) add({row, items[k], weights[k], mark});
    return true;
  }
  const auto counts = in.get<std::array<std::uint8_t, NeighbourRow::kSets>>();
  for (std::size_t k = 0; k < NeighbourRow::kSets; ++k) {
    NeighbourSet& set = neighbours.sets[k];
    if (counts[k] > NeighbourSet::kCapacity) return false;
    if (counts[k] == 0) continue;
    set.set(in.get<std::int32_t>(), counts[k]);
    set.mass = in.get<float>();
    in.get_bytes(set.items.data(), counts[k] * sizeof(ItemId));
    in.get_bytes(set.weights.data(), counts[k] * sizeof(float));
  }
  return true;
}

}  // namespace sluice::model

#include "model/neighbours.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "model/kernels.h"

namespace sluice::model {

NeighbourTable::NeighbourTable(std::size_t capacity, std::chrono::milliseconds half_life)
    : decay_(half_life), rows_(capacity) {}

namespace {
// Bit k: the k-th word of a cache line is that one.
std::uint32_t equal_words(const void* line, std::uint32_t word) {
#if defined(__SSE2__)
  const auto* const quarters = static_cast<const __m128i*>(line);
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(word));
  const auto equal = [&](int k) { return _mm_cmpeq_epi32(_mm_load_si128(quarters + k), wanted); };
  const __m128i bytes =
      _mm_packs_epi16(_mm_packs_epi32(equal(0), equal(1)), _mm_packs_epi32(equal(2), equal(3)));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
#else
  std::array<std::uint32_t, 16> words;
  std::memcpy(words.data(), line, sizeof words);
  std::uint32_t bits = 0;
  for (std::size_t k = 0; k < words.size(); ++k) bits |= std::uint32_t{words[k] == word} << k;
  return bits;
#endif
}
}  // namespace

void NeighbourSet::add(ItemId item, float amount, std::int32_t mark_of_amount) {
  const std::uint32_t size = count();
  if (mark_of_amount != mark()) [[unlikely]]
    amount *= reach(mark_of_amount);
  const std::uint32_t found = equal_words(this, static_cast<std::uint32_t>(item)) & ((1U << size) - 1);
  if (found != 0) {
    weights[static_cast<std::size_t>(std::countr_zero(found))] += amount;
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

float NeighbourSet::reach(std::int32_t new_mark) {
  const std::uint32_t size = count();
  if (size > 0 && new_mark < mark()) {
    return static_cast<float>(std::exp2(-Decay::kMarkSpan * (mark() - new_mark)));
  }
  const auto factor = static_cast<float>(std::exp2(-Decay::kMarkSpan * (new_mark - mark())));
  for (float& weight : std::span(weights).first(size)) weight *= factor;
  mass = size > 0 ? mass * factor : 0.0F;
  set(new_mark, size);
  return 1;
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

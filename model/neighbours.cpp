#include "model/neighbours.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::model {

NeighbourTable::NeighbourTable(const ItemIndex& index, std::size_t capacity,
                               std::chrono::milliseconds half_life)
    : index_(index), decay_(half_life), rows_(capacity), sound_at_(capacity, false) {}

namespace {
#if defined(__SSE2__)
// Bit k: all bits of the k-th of sixteen words are set, else none are.
std::uint32_t bits_of(__m128i first, __m128i second, __m128i third, __m128i fourth) {
  const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(first, second), _mm_packs_epi32(third, fourth));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}
#endif

// Bit k: the k-th word of a cache line is that one.
std::uint32_t equal_words(const void* line, std::uint32_t word) {
#if defined(__SSE2__)
  const auto* const quarters = static_cast<const __m128i*>(line);
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(word));
  const auto equal = [&](int k) { return _mm_cmpeq_epi32(_mm_load_si128(quarters + k), wanted); };
  return bits_of(equal(0), equal(1), equal(2), equal(3));
#else
  std::array<std::uint32_t, 16> words;
  std::memcpy(words.data(), line, sizeof words);
  std::uint32_t bits = 0;
  for (std::size_t k = 0; k < words.size(); ++k) bits |= std::uint32_t{words[k] == word} << k;
  return bits;
#endif
}

// Place of the smallest of a full set's weights, the first of equal ones. They begin a cache line.
std::uint32_t place_of_least(const std::array<float, NeighbourSet::kCapacity>& weights) {
#if defined(__SSE2__)
  const float infinity = std::numeric_limits<float>::infinity();
  const auto load = [&](int k) { return _mm_load_ps(weights.data() + 4 * k); };
  const __m128 last = _mm_shuffle_ps(load(3), _mm_set1_ps(infinity), _MM_SHUFFLE(0, 0, 1, 0));
  __m128 least = _mm_min_ps(_mm_min_ps(load(0), load(1)), _mm_min_ps(load(2), last));
  least = _mm_min_ps(least, _mm_shuffle_ps(least, least, _MM_SHUFFLE(1, 0, 3, 2)));
  least = _mm_min_ps(least, _mm_shuffle_ps(least, least, _MM_SHUFFLE(2, 3, 0, 1)));
  const auto equal = [&](__m128 four) { return _mm_castps_si128(_mm_cmpeq_ps(four, least)); };
  const std::uint32_t bits = bits_of(equal(load(0)), equal(load(1)), equal(load(2)), equal(last));
  return static_cast<std::uint32_t>(std::countr_zero(bits | 1U << (weights.size() - 1)));
#else
  return static_cast<std::uint32_t>(std::ranges::min_element(weights) - weights.begin());
#endif
}

// All bits or none.
std::uint32_t mask(bool all) {
  return all ? ~0U : 0U;
}

float only_if(std::uint32_t mask, float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & mask);
}
}  // namespace

// Whether an item is known, and whether its set is full, cannot be foretold: so all is computed, and what is
// not meant is masked. Without branches many additions, each waiting for its own set, go on at once.
void NeighbourSet::add(ItemId item, float amount, std::int32_t mark_of_amount) {
  if (mark_of_amount != mark()) [[unlikely]]
    amount *= reach(mark_of_amount);
  const std::uint32_t size = count();
  const std::uint32_t found = equal_words(this, static_cast<std::uint32_t>(item)) & ((1U << size) - 1);
  if (amount <= 0 && found == 0) [[unlikely]]
    return;
  const std::uint32_t known = mask(found != 0);
  const std::uint32_t full = mask(size == kCapacity);
  const auto known_place = static_cast<std::uint32_t>(std::countr_zero(found | 1U << (kCapacity - 1)));
  const std::uint32_t new_place = (place_of_least(weights) & full) | (size & ~full);
  const std::uint32_t place = (known_place & known) | (new_place & ~known);
  const float before = weights[place];
  items[place] = item;
  weights[place] = only_if(known, before) + amount;
  mass = mass - only_if(full & ~known, before) + amount;
  mark_and_count += 1U & ~known & ~full;
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

[[gnu::flatten]] void NeighbourTable::add_all(std::span<const NeighbourIncrement> increments) {
  constexpr std::size_t kAhead = 32;
  for (std::size_t k = 0; k < increments.size(); ++k) {
    if (k + kAhead < increments.size()) {
      const NeighbourIncrement& soon = increments[k + kAhead];
      prefetch_set(soon.from, row_of(soon.to));
    }
    add(increments[k]);
  }
}

void NeighbourTable::clear(ItemRow row) {
  for (NeighbourSet& set : mutable_row(row).sets) {
    set.set(0, 0);
    set.mass = 0;
  }
}

void NeighbourTable::forget_worn(ItemRow row) {
  mutable_row(row) = without_worn(row);
  sound_at_[row] = index_.wraps();
}

// The counts of all sets, then of each that is not empty its mark, mass, items and weights.
void NeighbourTable::save_row(const NeighbourRow& neighbours, ByteWriter& out) {
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

bool NeighbourTable::load_row(ItemRow row, ByteReader& in) {
  NeighbourRow& neighbours = mutable_row(row);
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

bool NeighbourTable::load_row_without_sets(ItemRow row, ByteReader& in) {
  const auto mark = in.get<std::int32_t>();
  (void)in.get<float>();  // the mass
  const auto items = in.get_array<ItemId>();
  const auto weights = in.get_array<float>();
  if (items.size() != weights.size()) return false;
  for (std::size_t k = 0; k < items.size(); ++k) add({row, items[k], weights[k], mark});
  return true;
}

}  // namespace sluice::model

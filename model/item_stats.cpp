#include "model/item_stats.h"

#include <algorithm>
#include <utility>

namespace sluice::model {

namespace {
template <std::size_t... H>
std::array<Decay, sizeof...(H)> make_decays(std::index_sequence<H...>) {
  return {Decay(kHalfLives[H])...};
}
}  // namespace

ItemStatsTable::ItemStatsTable(std::size_t capacity)
    : decays_(make_decays(std::make_index_sequence<kHalfLives.size()>{})), rows_(capacity) {}

void ItemStatsTable::add(const StatsIncrement& increment) {
  ItemStats& stats = mutable_row(increment.row);
  const Timestamp time = from_unix_ms(increment.time_ms);
  for (std::size_t h = 0; h < kHalfLives.size(); ++h) {
    DecayedSum<double> sum{stats.decayed[h], stats.mark[h]};
    Decay::add(sum, decays_[h].position(time), static_cast<double>(increment.weight));
    stats.decayed[h] = sum.value;
    stats.mark[h] = sum.mark;
  }
  stats.total += static_cast<double>(increment.weight);
  if (stats.events == 0) {
    stats.first_ms = increment.time_ms;
    stats.last_ms = increment.time_ms;
  } else if (increment.events > 0) {
    stats.first_ms = std::min(stats.first_ms, increment.time_ms);
    stats.last_ms = std::max(stats.last_ms, increment.time_ms);
  }
  if (increment.events >= 0 || stats.events > 0) {
    stats.events += static_cast<std::uint64_t>(static_cast<std::int64_t>(increment.events));
  }
}

std::array<Decay::Reader, kHalfLives.size()> ItemStatsTable::readers(Timestamp now) const {
  return [&]<std::size_t... H>(std::index_sequence<H...>) {
    return std::array<Decay::Reader, kHalfLives.size()>{decays_[H].reader(now)...};
  }
  (std::make_index_sequence<kHalfLives.size()>{});
}

}  // namespace sluice::model

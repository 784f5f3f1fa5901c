#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "model/decay.h"
#include "model/item_id.h"
#include "model/watched_rows.h"

namespace sluice::model {

// Half-lives of the decayed popularities, shortest first.
inline constexpr std::array kHalfLives = {
    std::chrono::milliseconds(std::chrono::minutes(15)), std::chrono::milliseconds(std::chrono::hours(1)),
    std::chrono::milliseconds(std::chrono::days(1)),     std::chrono::milliseconds(std::chrono::days(7)),
    std::chrono::milliseconds(std::chrono::days(30)),
};
inline constexpr std::array<std::string_view, kHalfLives.size()> kHalfLifeNames = {
    "pop_15m", "pop_1h", "pop_1d", "pop_7d", "pop_30d"};

// What is counted of one item.
struct ItemStats {
  std::array<double, kHalfLives.size()> decayed{};     // values of DecayedSum, one for each half-life
  std::array<std::int32_t, kHalfLives.size()> mark{};  // their landmarks
  double total = 0;                                    // sum of weights, undecayed
  std::int64_t first_ms = 0;                           // event time of the earliest event
  std::int64_t last_ms = 0;                            // and of the latest
  std::uint64_t events = 0;                            // applied, of any weight; 0: the row is free
};

// One event's share in an item's counts; what a shard hands to the item's owner at the end of an epoch.
struct StatsIncrement {
  ItemRow row;
  float weight;
  std::int64_t time_ms;
  std::int32_t events;  // +1, or -1 for a retraction
};

// Counts of all items. Reading is safe while nobody adds.
class ItemStatsTable {
 public:
  explicit ItemStatsTable(std::size_t capacity);

  void add(const StatsIncrement& increment);
  void clear(ItemRow row) { mutable_row(row) = ItemStats{}; }
  void prefetch(ItemRow row) const { prefetch_bytes(&rows_[row], sizeof(ItemStats)); }
  void prefetch_events(ItemRow row) const { prefetch_bytes(&rows_[row].events, sizeof(ItemStats::events)); }
  [[nodiscard]] const ItemStats& operator[](ItemRow row) const { return rows_[row]; }
  [[nodiscard]] ItemStats& mutable_row(ItemRow row) { return rows_.mutable_row(row); }
  void watch(RowGate gate) { rows_.watch(gate); }
  // The decayed count of half-life h at the reader's moment; never below 0.
  [[nodiscard]] static float read(const ItemStats& stats, std::size_t h, const Decay::Reader& reader) {
    return reader.read(DecayedSum<double>{stats.decayed[h], stats.mark[h]});
  }
  // Readers of all half-lives at a moment.
  [[nodiscard]] std::array<Decay::Reader, kHalfLives.size()> readers(Timestamp now) const;

 private:
  std::array<Decay, kHalfLives.size()> decays_;
  WatchedRows<ItemStats> rows_;
};

}  // namespace sluice::model

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "model/columns.h"
#include "model/item_view.h"
#include "model/moment.h"
#include "model/reach.h"
#include "model/row_filter.h"
#include "model/row_slots.h"

namespace sluice::model {

// This very user's own takes of an item. `personal`: sum over the takes of (hours since + 1)^-1/2; `again_*`:
// the same sum over those takes that agree with now in the hour of the day, the day of the week, the item
// taken just before; `had`: 1 if ever taken; `rested`: -ln(1 + hours) since the last take (0 if never);
// `takes`: ln(1 + number of takes); `rhythm`: 2 - |ln(hours since the last take / mean gap between takes)| of
// items taken twice or more, both plus one hour; `last_basket`: 1 if taken in the newest step.
class PersonalSignal {
 public:
  static constexpr Reach kReach = Reach::touched;
  static constexpr std::array<std::string_view, 9> kColumns = {"personal",    "again_hour", "again_weekday",
                                                               "again_after", "had",        "rested",
                                                               "takes",       "rhythm",     "last_basket"};
  PersonalSignal(const ItemView& view, RowSlots& slots) : items_(view.items), slots_(slots), takes_(1) {}

  void begin(const Moment& moment, const RowFilter& filter) {
    const auto history = moment.history;
    const std::uint32_t now = moment.now_seconds;
    const std::uint32_t hour = now / 3'600 % 24;
    const std::uint32_t weekday = now / 86'400 % 7;
    std::uint32_t seconds = now;
    float worth = 1;  // of a take at `seconds`, and whether that agrees with now; a basket's lines share them
    float hour_worth = 1;
    float weekday_worth = 1;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (!filter.passes(row_of(history[i].item)) || !items_.index.alive(history[i].item)) continue;
      if (history[i].seconds != seconds) {
        seconds = history[i].seconds;
        const std::uint32_t age = now > seconds ? now - seconds : 0;
        worth = 1.0F / std::sqrt(1.0F + static_cast<float>(age) / 3'600.0F);
        const std::uint32_t hours_apart = (seconds / 3'600 % 24 + 24 - hour) % 24;
        hour_worth = hours_apart <= 1 || hours_apart == 23 ? worth : 0.0F;
        weekday_worth = seconds / 86'400 % 7 == weekday ? worth : 0.0F;
      }
      Takes& takes = takes_of(row_of(history[i].item));
      takes.sum += worth;
      takes.hour += hour_worth;
      takes.weekday += weekday_worth;
      if (i > 0 && history[i - 1].item == history.back().item) takes.after += worth;
      if (takes.count == 0) takes.first = seconds;
      if (takes.count == 0 || takes.last != seconds) takes.count += 1;  // a basket is one take
      takes.last = seconds;
    }
    newest_ = history.empty() ? 0 : history.back().seconds;
  }
  void fill(const Moment& moment, std::span<const ItemRow> rows, ColumnsOf out) {
    for (std::size_t c = 0; c < kColumns.size(); ++c) std::ranges::fill(out[c], 0.0F);
    had_.clear();
    for (std::uint32_t k = 0; k < rows.size(); ++k) {
      const std::uint32_t place = place_of(rows[k]);
      if (place != 0) had_.push_back({k, place});
    }
    if (had_.empty()) return;  // of most items a user has had none
    const std::size_t stride = pad_to_lanes(had_.size());
    logs_.assign(kLogs * stride, 0.0F);
    for (std::size_t h = 0; h < had_.size(); ++h) {
      const Takes& takes = takes_[had_[h].place];
      const float gaps = takes.count - 1.0F;
      const std::uint32_t rested = moment.now_seconds - std::min(takes.last, moment.now_seconds);
      const std::array<float, kLogs> values = {
          takes.sum,
          takes.hour,
          takes.weekday,
          takes.after,
          static_cast<float>(rested) / 3'600.0F,
          takes.count,
          gaps > 0 ? static_cast<float>(takes.last - takes.first) / 3'600.0F / gaps : 0.0F};
      for (std::size_t c = 0; c < kLogs; ++c) logs_[c * stride + h] = values[c];
    }
    log1p_in_place(logs_);
    for (std::size_t h = 0; h < had_.size(); ++h) {
      const auto [k, place] = had_[h];
      const auto log = [&](std::size_t c) { return logs_[c * stride + h]; };
      for (std::size_t c = 0; c < 4; ++c) out[c][k] = log(c);
      out[4][k] = 1.0F;
      out[5][k] = -log(4);
      out[6][k] = log(5);
      if (takes_[place].count >= 2) out[7][k] = 2.0F - std::abs(log(4) - log(6));
      if (takes_[place].last == newest_) out[8][k] = 1.0F;
    }
  }
  void end() {
    for (const ItemRow row : rows_) place_of_slot_[slots_[row]] = 0;
    rows_.clear();
    takes_.resize(1);
  }
  // Rows of the user's own items.
  [[nodiscard]] std::span<const ItemRow> rows() const { return rows_; }

 private:
  struct Takes {
    float sum, hour, weekday, after;  // sums of worths
    float count;                      // takes, those of one timestamp being one
    std::uint32_t first, last;        // seconds
  };

  [[nodiscard]] std::uint32_t place_of(ItemRow row) const {
    const std::uint32_t slot = slots_[row];
    return slot < place_of_slot_.size() ? place_of_slot_[slot] : 0;
  }
  Takes& takes_of(ItemRow row) {
    slots_.reserve(1);
    const std::uint32_t slot = slots_.add(row);
    if (slot >= place_of_slot_.size()) place_of_slot_.resize(2 * slot);
    if (place_of_slot_[slot] == 0) {
      place_of_slot_[slot] = static_cast<std::uint32_t>(takes_.size());
      takes_.emplace_back();
      rows_.push_back(row);
    }
    return takes_[place_of_slot_[slot]];
  }

  const ItemState& items_;
  RowSlots& slots_;
  std::vector<std::uint32_t> place_of_slot_;  // in takes_; 0: not had
  std::vector<Takes> takes_;
  std::vector<ItemRow> rows_;
  // While filling: those of the rows that were had; then sum, hour, weekday, after, hours rested, takes, mean
  // gap in hours of each, side by side, and their logarithms.
  struct Had {
    std::uint32_t k, place;
  };
  static constexpr std::size_t kLogs = 7;
  std::vector<Had> had_;
  std::vector<float> logs_;
  std::uint32_t newest_ = 0;  // seconds of the newest step
};

}  // namespace sluice::model

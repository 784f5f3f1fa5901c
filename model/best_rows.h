#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/item_id.h"

namespace sluice::model {

// Chooses the best of scored rows. Not thread-safe.
class BestRows {
 public:
  struct Entry {
    ItemRow row;
    std::uint32_t place;  // in `rows`
  };
  // The n best, or all if there are fewer, best first; of equal scores the lower row comes first. `rows` are
  // distinct, scores no NaN and one for each row. Valid until the next call.
  [[nodiscard]] std::span<const Entry> take(std::span<const float> scores, std::span<const ItemRow> rows,
                                            std::size_t n);

 private:
  struct Keyed {
    std::uint64_t key;
    std::uint32_t place;
  };
  [[nodiscard]] float reached_by(std::span<const float> scores, std::size_t n);

  std::vector<float> greatest_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> places_;  // of keys_
  std::vector<std::uint32_t> ranks_;
  std::vector<Keyed> sorted_;
  std::vector<Entry> best_;
};

}  // namespace sluice::model

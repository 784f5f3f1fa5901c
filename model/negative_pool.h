#pragma once

#include <cstdint>
#include <vector>

#include "common/bytes.h"
#include "model/item_state.h"
#include "model/random.h"

namespace sluice::model {

// Uniformly drawn items from which an event's negatives are drawn again, so that their rows stay in the
// cache. A few are replaced with every event. Part of a snapshot, because what is drawn next depends on it.
class NegativePool {
 public:
  static constexpr std::size_t kSize = 1024;
  static constexpr std::size_t kReplacedPerEvent = 16;

  explicit NegativePool(std::uint64_t seed) : seed_(seed) {}

  // To be called once for each event, before it draws.
  void advance(const ItemState& items);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] ItemRow draw(Random& random) const {
    return rows_[random.below(static_cast<std::uint32_t>(rows_.size()))];
  }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;  // rows drawn so far: the generator's position
  std::uint64_t next_ = 0;   // place to be replaced next
  std::vector<ItemRow> rows_;
};

}  // namespace sluice::model

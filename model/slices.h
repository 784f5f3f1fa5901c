#pragma once

#include <cstddef>

#include "model/item_id.h"
#include "model/random.h"

namespace sluice::model {

// The slice (and so the shard) that merges an item's rows: by hash, so that hot items spread.
[[nodiscard]] inline std::size_t slice_of(ItemRow row, std::size_t slices) {
  return static_cast<std::size_t>(mix64(row) % slices);
}

}  // namespace sluice::model

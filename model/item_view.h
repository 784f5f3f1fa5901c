#pragma once

#include "model/factor_view.h"
#include "model/item_state.h"

namespace sluice::model {

// What one shard sees of the items: the common state, and the factors through its own overlay.
struct ItemView {
  const ItemState& items;
  const FactorView& factors;
};

}  // namespace sluice::model

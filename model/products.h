#pragma once

#include <array>
#include <string_view>

#include "model/reach.h"

namespace sluice::model {

// Columns that are products of two others: the squares let a weight bend, the rest let two signals speak
// together. `scale` brings them to the others' range.
struct Product {
  std::string_view name;
  std::string_view left;
  std::string_view right;
  float scale;
  Reach reach;  // the further one of the two
};
inline constexpr std::array kProducts = {
    Product{"pop_1d^2", "pop_1d", "pop_1d", 0.2F, Reach::everybody},
    Product{"pop_7d^2", "pop_7d", "pop_7d", 0.2F, Reach::everybody},
    Product{"fresh*pop_1d", "fresh", "pop_1d", 0.1F, Reach::everybody},
    Product{"factors*pop_1d", "factors", "pop_1d", 0.2F, Reach::user},
    Product{"covisit^2", "covisit", "covisit", 0.2F, Reach::touched},
};

}  // namespace sluice::model

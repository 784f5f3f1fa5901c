#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Names for the items of the synthetic stream. Pure functions of the item's number and cluster.
namespace sluice::ingest {

inline constexpr std::uint32_t kSyntheticClusters = 24;

// Neighbouring clusters have different themes; a theme's two clusters differ in mood.
[[nodiscard]] std::string synthetic_title(std::uint32_t number, std::uint32_t cluster);
[[nodiscard]] std::string_view synthetic_theme(std::uint32_t cluster);

}  // namespace sluice::ingest

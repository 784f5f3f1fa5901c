#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <string_view>

namespace sluice::model {

// Rows by name. The keys point into strings that the owner keeps in place.
using NameMap = absl::flat_hash_map<absl::string_view, std::uint32_t>;

// Debian's Abseil may have a string_view of its own.
[[nodiscard]] inline absl::string_view name_key(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace sluice::model

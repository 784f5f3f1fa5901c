#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::ingest {

struct ItemTitle {
  std::string title;
  std::string categories;  // as in the file, "Action|Short"
};

// Hashes std::string keys and string_view lookups alike.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using ItemTitles = std::unordered_map<std::string, ItemTitle, TextHash, std::equal_to<>>;

struct ItemTitlesFile {
  ItemTitles titles;
  std::string error;  // empty, or with path and line; titles read before it are kept
};

// Reads CSV with the header `item,title,categories` (the last may be missing, others are ignored), plain or
// gzip.
[[nodiscard]] ItemTitlesFile read_item_titles(const std::string& path);

}  // namespace sluice::ingest

#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace sluice::ingest {

// The parts of an event that a JSON document is searched for.
enum class Field : std::uint8_t { user, item, type, value, timestamp };
inline constexpr std::size_t kFieldCount = 5;

// The configured JSON pointers (RFC 6901) as one tree, so that a single pass over a document finds all
// fields, in whatever order they come. The usual tree is a root with five leaves.
struct FieldNode {
  static constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();

  std::string name;              // member name, unescaped
  bool raw_comparable = false;   // may be compared with the bytes between a key's quotes
  std::size_t index = kNoIndex;  // position, where `name` can also select an array's element
  std::vector<Field> fields;     // what is read here
  std::vector<FieldNode> children;

  [[nodiscard]] const FieldNode* child_at(std::size_t position) const;
  [[nodiscard]] const FieldNode* child_named(std::string_view unescaped) const;
};

// An empty pointer means that events have no such field; text without a leading slash is a top-level name.
[[nodiscard]] FieldNode build_field_tree(const config::EventOptions& options);

}  // namespace sluice::ingest

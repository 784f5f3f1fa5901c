#include "ingest/field_tree.h"

#include <algorithm>

#include "common/parse_number.h"

namespace sluice::ingest {
namespace {

// Longer names are compared unescaped only: a raw comparison reads this far past the start of a key, which
// the 64 bytes of padding behind a document allow.
constexpr std::size_t kMaxRawName = 32;

std::string unescape_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      name += token[++i] == '0' ? '~' : '/';
    } else {
      name += token[i];
    }
  }
  return name;
}

std::size_t array_index(std::string_view name) {
  if (name.size() > 1 && name.front() == '0') return FieldNode::kNoIndex;
  return parse_number<std::size_t>(name).value_or(FieldNode::kNoIndex);
}

FieldNode make_node(std::string name) {
  FieldNode node;
  node.index = array_index(name);
  node.raw_comparable =
      !name.empty() && name.size() <= kMaxRawName &&
      std::ranges::none_of(name, [](unsigned char c) { return c == '"' || c == '\\' || c < 0x20; });
  node.name = std::move(name);
  return node;
}

FieldNode& child_of(FieldNode& node, std::string name) {
  const auto found = std::ranges::find(node.children, name, &FieldNode::name);
  if (found != node.children.end()) return *found;
  return node.children.emplace_back(make_node(std::move(name)));
}

void add_field(FieldNode& root, std::string_view pointer, Field field) {
  if (pointer.empty()) return;
  FieldNode* node = &root;
  std::string_view rest = pointer.front() == '/' ? pointer.substr(1) : pointer;
  while (true) {
    const std::size_t slash = rest.find('/');
    node = &child_of(*node, unescape_token(rest.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  node->fields.push_back(field);
}

}  // namespace

const FieldNode* FieldNode::child_at(std::size_t position) const {
  const auto found = std::ranges::find(children, position, &FieldNode::index);
  return found == children.end() ? nullptr : &*found;
}

const FieldNode* FieldNode::child_named(std::string_view unescaped) const {
  const auto found = std::ranges::find(children, unescaped, &FieldNode::name);
  return found == children.end() ? nullptr : &*found;
}

FieldNode build_field_tree(const config::EventOptions& options) {
  FieldNode root;
  add_field(root, options.user_field, Field::user);
  add_field(root, options.item_field, Field::item);
  add_field(root, options.type_field, Field::type);
  add_field(root, options.value_field, Field::value);
  add_field(root, options.timestamp_field, Field::timestamp);
  return root;
}

}  // namespace sluice::ingest

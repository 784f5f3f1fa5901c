#include "ingest/json_fields.h"

#include <cstring>
#include <optional>

#include "common/json.h"
#include "ingest/byte_order_mark.h"

namespace sluice::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

// Deeper documents are refused as malformed: the walk below uses the stack.
constexpr int kMaxDepth = 64;

std::string_view trim_end(std::string_view token) {
  const std::size_t last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last + 1);
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    at = skip_digits(text, at);
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = skip_digits(text, at);
    if (at == exponent) return false;
  }
  return at == text.size();
}

// The child that a member belongs to; false if its key is malformed. Most keys are told by their raw bytes.
bool find_child(ondemand::field& member, const FieldNode* node, const FieldNode*& child) {
  child = nullptr;
  if (node != nullptr) {
    const ondemand::raw_json_string raw = member.key();
    for (const FieldNode& candidate : node->children) {
      // The first byte decides nearly always, so that few comparisons are calls.
      const bool may_match = candidate.raw_comparable && raw.raw()[0] == candidate.name.front();
      if (may_match && raw.unsafe_is_equal(candidate.name)) {
        child = &candidate;
        return true;
      }
    }
  }
  std::string_view name;
  if (member.unescaped_key().get(name) != simdjson::SUCCESS) return false;
  if (node != nullptr) child = node->child_named(name);
  return true;
}

}  // namespace

std::string_view JsonFields::copy_padded(std::string_view bytes) {
  latest_ = latest_ + 1 == texts_.size() ? 0 : latest_ + 1;
  std::vector<char>& buffer = texts_[latest_].buffer;
  const std::size_t needed = bytes.size() + simdjson::SIMDJSON_PADDING;
  if (buffer.size() < needed) buffer.resize(needed);
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  std::memset(buffer.data() + bytes.size(), 0, simdjson::SIMDJSON_PADDING);
  return {buffer.data(), bytes.size()};
}

std::string_view JsonFields::keep(std::string_view bytes) {
  return copy_padded(bytes);
}

RejectReason JsonFields::read(std::string_view document) {
  scalars_.fill({});
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  const std::string_view copy = copy_padded(document);
  if (read_plain(copy)) return RejectReason::none;
  scalars_.fill({});
  ondemand::document root;
  ondemand::object object;
  Text& text = texts_[latest_];
  if (text.parser.iterate(copy.data(), copy.size(), text.buffer.size()).get(root) != simdjson::SUCCESS) {
    return RejectReason::not_json;
  }
  if (const simdjson::error_code error = root.get_object().get(object); error != simdjson::SUCCESS) {
    const bool valid = error == simdjson::INCORRECT_TYPE && nlohmann::json::accept(document);
    return valid ? RejectReason::not_an_object : RejectReason::not_json;
  }
  if (!read_object(object, &tree_, 1)) return RejectReason::not_json;
  const bool all_read = root.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return all_read ? RejectReason::none : RejectReason::not_json;
}

// Members of usual records come in the same order each time, so the next one is looked for first.
bool JsonFields::read_plain(std::string_view document) {
  using Value = PlainObjectReader::Value;
  std::size_t expected = 0;
  const auto expected_key = [&] { return expected < keys_.size() ? &keys_[expected] : nullptr; };
  const auto take = [&](std::optional<std::string_view> key, Value kind, std::string_view bytes) {
    const FieldNode* const node = key ? tree_.child_named(*key) : &tree_.children[expected];
    if (node == nullptr) return;
    expected = static_cast<std::size_t>(node - tree_.children.data()) + 1;
    switch (kind) {
      case Value::text:
        return store(node, {JsonScalar::Kind::text, bytes});
      case Value::number:
        return store(node, {JsonScalar::Kind::number, bytes});
      case Value::boolean:
        return store(node, {JsonScalar::Kind::other, {}});
      case Value::null:
        return store(node, {JsonScalar::Kind::absent, {}});
    }
  };
  return PlainObjectReader(document).read(expected_key, take);
}

bool JsonFields::read_object(ondemand::object object, const FieldNode* node, int depth) {
  if (depth > kMaxDepth) return false;
  for (auto result : object) {
    ondemand::field member;
    const FieldNode* child = nullptr;
    if (std::move(result).get(member) != simdjson::SUCCESS || !find_child(member, node, child)) return false;
    if (!read_value(member.value(), child, depth)) return false;
  }
  return true;
}

bool JsonFields::read_array(ondemand::array array, const FieldNode* node, int depth) {
  if (depth > kMaxDepth) return false;
  std::size_t position = 0;
  for (auto result : array) {
    ondemand::value element;
    if (std::move(result).get(element) != simdjson::SUCCESS) return false;
    const FieldNode* child = node == nullptr ? nullptr : node->child_at(position);
    if (!read_value(element, child, depth)) return false;
    ++position;
  }
  return true;
}

bool JsonFields::read_value(ondemand::value value, const FieldNode* node, int depth) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
    case ondemand::json_type::object: {
      store(node, {JsonScalar::Kind::other, {}});
      ondemand::object object;
      return value.get_object().get(object) == simdjson::SUCCESS && read_object(object, node, depth + 1);
    }
    case ondemand::json_type::array: {
      store(node, {JsonScalar::Kind::other, {}});
      ondemand::array array;
      return value.get_array().get(array) == simdjson::SUCCESS && read_array(array, node, depth + 1);
    }
    case ondemand::json_type::string: {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
      store(node, {JsonScalar::Kind::text, text});
      return true;
    }
    default:
      return read_atom(value, node);
  }
}

bool JsonFields::read_atom(ondemand::value value, const FieldNode* node) {
  const std::string_view token = trim_end(value.raw_json_token());
  if (is_json_number(token)) {
    store(node, {JsonScalar::Kind::number, token});
  } else if (token == "true" || token == "false") {
    store(node, {JsonScalar::Kind::other, {}});
  } else if (token == "null") {
    store(node, {JsonScalar::Kind::absent, {}});
  } else {
    return false;
  }
  return true;
}

void JsonFields::store(const FieldNode* node, JsonScalar scalar) {
  if (node == nullptr) return;
  for (const Field field : node->fields) scalars_[static_cast<std::size_t>(field)] = scalar;
}

}  // namespace sluice::ingest

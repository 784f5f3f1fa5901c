#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "ingest/field_tree.h"
#include "ingest/plain_object.h"

namespace sluice::ingest {

// What stands at one configured place of a document.
struct JsonScalar {
  enum class Kind : std::uint8_t {
    absent,  // not there, or null
    text,
    number,
    other,  // true, false, an object or an array
  };
  Kind kind = Kind::absent;
  std::string_view bytes;  // text: unescaped UTF-8; number: as written, of valid JSON syntax
};

// Finds the configured fields of a JSON document in one pass, and accepts nothing that a strict JSON parser
// would refuse: parts that are not read are checked too. Of a repeated member the last one counts. Its
// buffers grow to the longest document and stay. One reader per thread.
class JsonFields {
 public:
  // Texts of the latest `texts` documents stay, at least one.
  JsonFields(const config::EventOptions& options, std::size_t texts)
      : tree_(build_field_tree(options)), texts_(texts) {
    for (const FieldNode& child : tree_.children) keys_.emplace_back(child.name);
  }

  // RejectReason::none, not_json or not_an_object. Scalars are valid until the next read, the bytes that they
  // view until that many are read.
  [[nodiscard]] RejectReason read(std::string_view document);
  [[nodiscard]] const JsonScalar& operator[](Field field) const {
    return scalars_[static_cast<std::size_t>(field)];
  }

  // Copies bytes to where those of a document live, as if they were the next one, for a view that outlasts
  // the caller's record.
  [[nodiscard]] std::string_view keep(std::string_view bytes);

 private:
  [[nodiscard]] bool read_plain(std::string_view document);
  bool read_object(simdjson::ondemand::object object, const FieldNode* node, int depth);
  bool read_array(simdjson::ondemand::array array, const FieldNode* node, int depth);
  bool read_value(simdjson::ondemand::value value, const FieldNode* node, int depth);
  bool read_atom(simdjson::ondemand::value value, const FieldNode* node);
  void store(const FieldNode* node, JsonScalar scalar);
  std::string_view copy_padded(std::string_view bytes);  // to the text whose turn it is

  // A document's copy, and the parser that holds its unescaped strings.
  struct Text {
    std::vector<char> buffer;
    simdjson::ondemand::parser parser;
  };

  FieldNode tree_;
  std::vector<PlainKey> keys_;  // of its children
  std::array<JsonScalar, kFieldCount> scalars_;
  std::vector<Text> texts_;
  std::size_t latest_ = 0;  // of texts_
};

}  // namespace sluice::ingest

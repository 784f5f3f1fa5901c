#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace sluice::config {

struct JsonText {
  nlohmann::json object;           // only to be used if error is empty
  std::string error;               // "is not valid JSON at line 3, column 7"; never quotes the text
  std::vector<std::string> twice;  // paths of keys that an object holds twice
};

// Parses one JSON object with // and /* */ comments.
[[nodiscard]] JsonText parse_json_text(std::string_view text);

}  // namespace sluice::config

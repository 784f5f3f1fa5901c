#pragma once

#include <string>
#include <string_view>

namespace sluice::sink {

// Appends `text` as a JSON string with its quotes. Control characters, quotes and backslashes are escaped;
// what is not valid UTF-8 becomes U+FFFD, so that the document stays valid whatever an id holds.
void append_json_string(std::string& out, std::string_view text);

}  // namespace sluice::sink

#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace sluice::sink {

// Appends one command in Redis's wire form: "*<n>\r\n", then "$<bytes>\r\n<argument>\r\n" for each argument.
void append_command(std::string& out, std::span<const std::string_view> arguments);
inline void append_command(std::string& out, std::initializer_list<std::string_view> arguments) {
  append_command(out, std::span(arguments.begin(), arguments.size()));
}

// The pieces, for callers that build a command without copying its arguments together first.
void append_command_head(std::string& out, std::size_t arguments);
void append_argument(std::string& out, std::string_view argument);
// An argument in two pieces.
void append_argument(std::string& out, std::string_view first, std::string_view second);

}  // namespace sluice::sink

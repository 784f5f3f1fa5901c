#include "sink/redis_command.h"

#include <array>
#include <charconv>

namespace sluice::sink {
namespace {

void append_count(std::string& out, char mark, std::size_t count) {
  std::array<char, 24> text{};
  text[0] = mark;
  char* end = std::to_chars(text.data() + 1, text.data() + text.size() - 2, count).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(text.data(), end);
}

}  // namespace

void append_command_head(std::string& out, std::size_t arguments) {
  append_count(out, '*', arguments);
}

void append_argument(std::string& out, std::string_view argument) {
  append_argument(out, argument, {});
}

void append_argument(std::string& out, std::string_view first, std::string_view second) {
  append_count(out, '$', first.size() + second.size());
  out.append(first);
  out.append(second);
  out.append("\r\n");
}

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  append_command_head(out, arguments.size());
  for (const std::string_view argument : arguments) append_argument(out, argument);
}

}  // namespace sluice::sink

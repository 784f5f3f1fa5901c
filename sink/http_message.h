#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The part of HTTP/1.1 (RFC 9112) that answers to GET need: the head of a request, and a response of known
// size.
namespace sluice::sink {

struct HttpHead {
  enum class State : std::uint8_t {
    incomplete,  // more bytes are to come
    malformed,   // no HTTP, or longer than kMaxBytes
    whole,
  };
  static constexpr std::size_t kMaxBytes = 8192;

  State state = State::incomplete;
  // Of a whole one. The views are of the text that was parsed.
  std::size_t size = 0;  // bytes, the empty line included
  std::string_view method;
  std::string_view path;    // without the query
  bool keep_alive = false;  // false also where a body follows, for bodies are not read
};

// The head of the request with which `text` begins.
[[nodiscard]] HttpHead parse_http_head(std::string_view text);

struct HttpResponse {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The bytes to send. `head_only`: without the body, as an answer to HEAD is.
[[nodiscard]] std::string to_bytes(const HttpResponse& response, bool keep_alive, bool head_only);

}  // namespace sluice::sink
